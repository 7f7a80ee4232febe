/** SdkFile is one file of an SDK. */
export interface SdkFile {
  readonly path: string;
  readonly text: string;
}
