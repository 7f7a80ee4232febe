/** Reply is a whole answer, before the headers that every answer has. Header names and values alternate. */
export interface Reply {
  readonly status: number;
  readonly headers: readonly string[];
  readonly body: Buffer | string | undefined;
}
