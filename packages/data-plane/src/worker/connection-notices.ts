import type { Connection, ConnectionRecord } from "@tollgate/pipeline";
import type { ConnectionNotice } from "./protocol.ts";

/** SendNotice sends a notice, and calls back once it has left this process. */
export type SendNotice = (notice: ConnectionNotice, sent: () => void) => void;

/** ConnectionNotices informs the node of connections that open and close, with one message for all of a turn of the event loop. */
export class ConnectionNotices {
  readonly #send: SendNotice;
  #opened: ConnectionRecord[] = [];
  #closed: string[] = [];
  #settled: (() => void)[] = [];
  #isScheduled = false;

  constructor(send: SendNotice) {
    this.#send = send;
  }

  opened({ record }: Connection): void {
    this.#schedule();
    this.#opened.push(record);
  }

  /** closed says that this worker reports the end of a connection. Once it has been said, and not before, it does: `settled`. */
  closed(id: string, settled: () => void): void {
    this.#schedule();
    this.#closed.push(id);
    this.#settled.push(settled);
  }

  /** counted says at once until when the minutes of all connections are recorded, those included that have opened in this turn. */
  counted(countedUnixMs: number): void {
    const opened = this.#opened;
    this.#opened = [];
    this.#send({ type: "connections", opened, closed: [], countedUnixMs }, () => undefined);
  }

  #schedule(): void {
    if (!this.#isScheduled) setImmediate(this.#flush);
    this.#isScheduled = true;
  }

  readonly #flush = (): void => {
    const [opened, closed, settled] = [this.#opened, this.#closed, this.#settled];
    this.#isScheduled = false;
    this.#opened = [];
    this.#closed = [];
    this.#settled = [];
    this.#send({ type: "connections", opened, closed }, () => {
      for (const go of settled) go();
    });
  };
}
