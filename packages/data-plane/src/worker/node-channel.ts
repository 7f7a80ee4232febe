import type { Ask, AskReply, FromWorker } from "./protocol.ts";

interface Waiting {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

/** NodeChannel sends a worker's questions to its node: all of one turn of the event loop are one message. */
export class NodeChannel {
  readonly #send: (message: FromWorker) => void;
  readonly #waiting = new Map<number, Waiting>();
  #asks: { id: number; ask: Ask }[] = [];
  #nextId = 1;

  constructor(send: (message: FromWorker) => void) {
    this.#send = send;
  }

  ask<T>(ask: Ask): Promise<T> {
    const id = this.#nextId++;
    if (this.#asks.length === 0) queueMicrotask(this.#flush);
    this.#asks.push({ id, ask });
    return new Promise<T>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
    });
  }

  readonly #flush = (): void => {
    const asks = this.#asks;
    this.#asks = [];
    this.#send({ type: "ask", asks });
  };

  /** answered handles the node's replies. */
  answered(replies: readonly AskReply[]): void {
    for (const { id, value, error } of replies) {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) waiting?.resolve(value as never);
      else waiting?.reject(new Error(error));
    }
  }
}
