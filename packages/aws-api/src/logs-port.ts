/** Log groups as these APIs read and write them. Times in milliseconds since 1970. */
export interface LogGroupView {
  readonly name: string;
  readonly createdUnixMs: number;
  /** 0: as long as there is space. */
  readonly retentionDays: number;
  readonly storedBytes: number;
  readonly tags: Readonly<Record<string, string>>;
  readonly logGroupClass: string;
}

export interface LogStreamView {
  readonly name: string;
  readonly createdUnixMs: number;
  /** 0: it has no events. */
  readonly firstEventUnixMs: number;
  readonly lastEventUnixMs: number;
  readonly lastIngestionUnixMs: number;
}

export interface LogEventView {
  /** 56 decimal digits, in the order of time. */
  readonly id: string;
  readonly unixMs: number;
  readonly ingestionUnixMs: number;
  readonly stream: string;
  readonly message: string;
}

export interface LogQuery {
  /** Empty: all, or those of the prefix. */
  readonly streams: readonly string[];
  readonly streamPrefix: string;
  /** Inclusive. */
  readonly startUnixMs: number;
  /** Exclusive; 0: no end. */
  readonly endUnixMs: number;
  readonly pattern: string;
  /** Id of the event behind which the page begins; empty: it begins where reading does. */
  readonly after: string;
  /** Newest first. */
  readonly isBackward: boolean;
  readonly limit: number;
}

export interface LogPage {
  /** In the order of reading. */
  readonly events: readonly LogEventView[];
  /** Empty: there is nothing more. */
  readonly next: string;
  /** What cannot be read of the time of the page. */
  readonly missing: readonly MissingLogEvents[];
}

/** Events that were stored, and cannot be read. */
export interface MissingLogEvents {
  /** Empty: it is not known. */
  readonly stream: string;
  readonly firstUnixMs: number;
  readonly lastUnixMs: number;
  /** 0: it is not known. */
  readonly count: number;
}

/** Events that were not stored: those before an index, or from one on. */
export interface RejectedEvents {
  readonly tooOldEnd?: number | undefined;
  readonly expiredEnd?: number | undefined;
  readonly tooNewStart?: number | undefined;
}

/** A query in the language of Logs Insights that is to be run. */
export interface LogInsightsQuery {
  readonly groups: readonly string[];
  readonly text: string;
  /** Inclusive. */
  readonly startUnixMs: number;
  /** Exclusive. */
  readonly endUnixMs: number;
  /** Rows where the query does not say so; 0: as many as there may be. */
  readonly limit: number;
}

/** A query that was started. */
export interface LogQueryView {
  readonly id: string;
  readonly groups: readonly string[];
  readonly text: string;
  readonly startUnixMs: number;
  readonly endUnixMs: number;
  readonly createdUnixMs: number;
  readonly status: string;
  readonly recordsMatched: number;
  readonly recordsScanned: number;
  readonly bytesScanned: number;
  /** Events that could not be read. */
  readonly recordsSkipped: number;
}

/** The id of a query, or what is wrong with it: characters from `start` on and before `end`. */
export type StartedLogQuery =
  | { readonly id: string }
  | { readonly malformed: { readonly message: string; readonly start: number; readonly end: number } };

export interface LogTailQuery {
  readonly groups: readonly string[];
  /** Empty: all, or those with a prefix. */
  readonly streams: readonly string[];
  readonly streamPrefixes: readonly string[];
  readonly pattern: string;
}

export interface LogTailUpdate {
  readonly events: readonly (Omit<LogEventView, "id"> & { readonly group: string })[];
  /** There were more than an update has. */
  readonly isSampled: boolean;
}

/** LogsPort is the log groups of accounts. It throws refusals with the sentences of CloudWatch Logs. */
export interface LogsPort {
  groups(accountId: string): Promise<readonly LogGroupView[]>;
  createGroup(
    accountId: string,
    name: string,
    settings: { readonly tags: Readonly<Record<string, string>>; readonly logGroupClass: string },
  ): Promise<void>;
  updateGroup(
    accountId: string,
    name: string,
    change: {
      readonly retentionDays?: number;
      readonly tags?: Readonly<Record<string, string>>;
      readonly removedTags?: readonly string[];
    },
  ): Promise<void>;
  deleteGroup(accountId: string, name: string): Promise<void>;
  streams(accountId: string, group: string): Promise<readonly LogStreamView[]>;
  createStream(accountId: string, group: string, name: string): Promise<void>;
  deleteStream(accountId: string, group: string, name: string): Promise<void>;
  put(
    accountId: string,
    group: string,
    stream: string,
    events: readonly { readonly unixMs: number; readonly message: string }[],
  ): Promise<RejectedEvents>;
  read(accountId: string, group: string, query: LogQuery): Promise<LogPage>;
  startQuery(accountId: string, query: LogInsightsQuery): Promise<StartedLogQuery>;
  /** A query with the rows of its result: names and values of fields. */
  query(
    accountId: string,
    id: string,
  ): Promise<{
    readonly query: LogQueryView;
    readonly rows: readonly (readonly { readonly field: string; readonly value: string }[])[];
  }>;
  /** Whether it had not ended. */
  stopQuery(accountId: string, id: string): Promise<boolean>;
  /** The newest first. */
  queries(accountId: string): Promise<readonly LogQueryView[]>;
  /** An update each second, until the signal aborts. Resolves when the session has begun. */
  tail(accountId: string, query: LogTailQuery, signal: AbortSignal): Promise<AsyncIterable<LogTailUpdate>>;
}
