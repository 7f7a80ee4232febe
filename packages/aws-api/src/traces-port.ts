/** Traces as X-Ray's API reads and writes them. Members of AWS's shapes have AWS's names; times are in seconds since 1970. */
export interface TraceView {
  readonly Id: string;
  readonly Duration: number;
  readonly LimitExceeded: boolean;
  readonly Segments: readonly { readonly Id: string; readonly Document: string }[];
}

export interface SummaryQuery {
  readonly startUnixMs: number;
  readonly endUnixMs: number;
  /** What the times are compared with: when a trace began, or when any of its segments was written. */
  readonly by: "TraceId" | "Event";
  /** Empty: all. */
  readonly filter: string;
  /** How many to leave out: those of the pages before. */
  readonly offset: number;
}

export interface SummaryPage {
  readonly summaries: readonly object[];
  /** How many traces were looked at. */
  readonly processed: number;
  /** undefined: there are no more. */
  readonly nextOffset: number | undefined;
}

/** RejectedSegment is a document that was not stored, and why. */
export interface RejectedSegment {
  readonly Id: string;
  readonly ErrorCode: string;
  readonly Message: string;
}

/** TracesPort is the traces of accounts. */
export interface TracesPort {
  put(accountId: string, documents: readonly string[]): Promise<readonly RejectedSegment[]>;
  /** Those that are there, and the ids of those of which parts may be missing because the log store is damaged. */
  traces(
    accountId: string,
    ids: readonly string[],
  ): Promise<{ readonly traces: readonly TraceView[]; readonly incompleteIds: readonly string[] }>;
  summaries(accountId: string, query: SummaryQuery): Promise<SummaryPage>;
  /** Services and their calls of each other, of traces of a time or of some traces. */
  graph(
    accountId: string,
    of: { readonly startUnixMs: number; readonly endUnixMs: number } | { readonly ids: readonly string[] },
  ): Promise<readonly object[]>;
}
