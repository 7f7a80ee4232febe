/** States of alarms and what happened to them, as CloudWatch's API reads and writes them. Times in milliseconds since 1970. */
export interface AlarmStateView {
  readonly state: "OK" | "ALARM" | "INSUFFICIENT_DATA";
  readonly reason: string;
  /** JSON; empty: there is none. */
  readonly reasonData: string;
  readonly updatedUnixMs: number;
  readonly transitionedUnixMs: number;
}

export interface AlarmHistoryView {
  readonly alarmName: string;
  readonly alarmType: string;
  readonly timeUnixMs: number;
  readonly itemType: string;
  readonly summary: string;
  /** JSON. */
  readonly data: string;
}

export interface AlarmHistoryQuery {
  readonly accountId: string;
  /** Empty: all. */
  readonly alarmName: string;
  readonly itemType: string;
  readonly alarmTypes: readonly string[];
  /** 0: all. */
  readonly startUnixMs: number;
  readonly endUnixMs: number;
  readonly isOldestFirst: boolean;
  readonly offset: number;
  /** 1 to 100. */
  readonly limit: number;
}

/** AlarmsPort is what is known of alarms besides their config. It throws refusals. */
export interface AlarmsPort {
  /** By the names of alarms; a new one has none. */
  states(accountId: string): Promise<ReadonlyMap<string, AlarmStateView>>;
  history(
    query: AlarmHistoryQuery,
  ): Promise<{ readonly items: readonly AlarmHistoryView[]; readonly hasMore: boolean }>;
  setState(
    accountId: string,
    name: string,
    next: Pick<AlarmStateView, "state" | "reason" | "reasonData">,
  ): Promise<void>;
}
