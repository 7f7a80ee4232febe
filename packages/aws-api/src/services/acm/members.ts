/** Members are those of a response. */
export type Members = Readonly<Record<string, unknown>>;
