import type { Connection } from "@tollgate/pipeline";
import type { ConnectionNotice } from "./protocol.ts";

/** SendNotice sends a notice, and calls back once it has left this process. */
export type SendNotice = (notice: ConnectionNotice, sent: () => void) => void;

/** ConnectionNotices informs the node of connections that open, at once, and of those that close, with one message for all of a turn of the event loop. */
export class ConnectionNotices {
  readonly #send: SendNotice;
  #closed: string[] = [];
  #settled: (() => void)[] = [];

  constructor(send: SendNotice) {
    this.#send = send;
  }

  /** Written before anything else that this process writes: when the client is let in, the node has been told. */
  opened({ record }: Connection): void {
    this.#send({ type: "connections", opened: [record], closed: [] }, () => undefined);
  }

  /** closed says that this worker reports the end of a connection. Once it has been said, and not before, it does: `settled`. */
  closed(id: string, settled: () => void): void {
    if (this.#closed.length === 0) setImmediate(this.#flush);
    this.#closed.push(id);
    this.#settled.push(settled);
  }

  /** counted says at once until when the minutes of all connections are recorded that have opened so far. */
  counted(countedUnixMs: number): void {
    this.#send({ type: "connections", opened: [], closed: [], countedUnixMs }, () => undefined);
  }

  readonly #flush = (): void => {
    const [closed, settled] = [this.#closed, this.#settled];
    this.#closed = [];
    this.#settled = [];
    this.#send({ type: "connections", opened: [], closed }, () => {
      for (const go of settled) go();
    });
  };
}
