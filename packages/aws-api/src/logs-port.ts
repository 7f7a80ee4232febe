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
}

/** Events that were not stored: those before an index, or from one on. */
export interface RejectedEvents {
  readonly tooOldEnd?: number | undefined;
  readonly expiredEnd?: number | undefined;
  readonly tooNewStart?: number | undefined;
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
}
