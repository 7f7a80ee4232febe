import type { Connection, ConnectionRecord } from "@tollgate/pipeline";
import type { ConnectionNotice } from "./protocol.ts";

/** ConnectionNotices informs the node of connections that open and close, with one message for all of a turn of the event loop. */
export class ConnectionNotices {
  readonly #send: (notice: ConnectionNotice) => void;
  #opened: ConnectionRecord[] = [];
  #closed: string[] = [];

  constructor(send: (notice: ConnectionNotice) => void) {
    this.#send = send;
  }

  opened({ record }: Connection): void {
    this.#schedule();
    this.#opened.push(record);
  }

  closed(id: string): void {
    this.#schedule();
    this.#closed.push(id);
  }

  #schedule(): void {
    if (this.#opened.length + this.#closed.length === 0) setImmediate(this.#flush);
  }

  readonly #flush = (): void => {
    const [opened, closed] = [this.#opened, this.#closed];
    this.#opened = [];
    this.#closed = [];
    this.#send({ type: "connections", opened, closed });
  };
}
