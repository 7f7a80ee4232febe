import type { Ask, FromWorker, ToldAnswer } from "./protocol.ts";

interface Waiting {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

/** NodeChannel is how a worker asks its node: what one turn of the event loop asks goes as one message. */
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

  /** told takes the node's answers. */
  told(answers: readonly ToldAnswer[]): void {
    for (const { id, value, error } of answers) {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) waiting?.resolve(value as never);
      else waiting?.reject(new Error(error));
    }
  }
}
