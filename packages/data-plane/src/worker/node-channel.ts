import type { Ask, AskReply, FromWorker } from "./protocol.ts";
import { TurnQueue } from "./turn-queue.ts";

interface Waiting {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

/** NodeChannel sends a worker's questions to its node: all of one turn of the event loop are one message. */
export class NodeChannel {
  readonly #waiting = new Map<number, Waiting>();
  readonly #asks: TurnQueue<{ readonly id: number; readonly ask: Ask }>;
  #nextId = 1;

  constructor(send: (message: FromWorker) => void) {
    this.#asks = new TurnQueue((asks) => send({ type: "ask", asks }));
  }

  ask<T>(ask: Ask): Promise<T> {
    const id = this.#nextId++;
    this.#asks.add({ id, ask });
    return new Promise<T>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
    });
  }

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
