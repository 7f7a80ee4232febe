/** LogGroup is the group of a log's events. */
export interface LogGroup {
  readonly accountId: string;
  readonly name: string;
}

/** WriteLog takes an event and its time. It neither waits nor throws: an event that cannot be kept is dropped, and counted. */
export type WriteLog = (unixMs: number, message: string) => void;

/** LogSink takes the events of logs. It is asked for each group when a stage is compiled; undefined: nobody wants its events. */
export interface LogSink {
  open(group: LogGroup): WriteLog | undefined;
}

/** noLogs is a sink that wants nothing. */
export const noLogs: LogSink = { open: () => undefined };

/** keptInCalls is a sink for whoever reads the execution log of a call from the call itself. It keeps nothing. */
export const keptInCalls: LogSink = { open: () => () => undefined };
