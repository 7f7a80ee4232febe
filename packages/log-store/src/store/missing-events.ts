/** MissingEvents are events of a block, or a place of a file, that cannot be read. */
export interface MissingEvents {
  /** Empty: it is not known. */
  readonly stream: string;
  readonly firstMs: number;
  readonly lastMs: number;
  /** 0: it is not known. */
  readonly count: number;
}
