/** LoggedEvent is a log event on its way to a sink. */
export interface LoggedEvent {
  readonly accountId: string;
  readonly logGroup: string;
  readonly unixMs: number;
  readonly message: string;
}

/** LineSink takes events and waits for nothing: what it has no room for is dropped and counted. */
export interface LineSink extends AsyncDisposable {
  write(events: readonly LoggedEvent[]): void;
  readonly dropped: number;
}
