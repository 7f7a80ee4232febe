import type { OrderOutcome as Outcome } from "@tollgate/pipeline";
import type { ServiceClient } from "@tollgate/proto/grpc";
import type { ConnectionService } from "@tollgate/proto/node";
import type { OrderAsk } from "../worker/protocol.ts";
import { outcomeOf, toOrder } from "./connection-service.ts";

/** A message is not larger than this by much: what a turn has more goes in others. */
const BATCH_MAX_BYTES = 1024 * 1024;

type Stream = ReturnType<ServiceClient<typeof ConnectionService>["giveOrders"]>;

interface Given {
  readonly resolve: (outcome: Outcome | null) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

const bytesOf = ({ order }: OrderAsk): number => (order.type === "post" ? order.message.length : 0);

/** OrderStream gives orders to another node by one stream, which it opens for the first of them: those of a turn of the event loop together. */
export class OrderStream {
  readonly #open: () => Stream;
  #stream: Stream | undefined = undefined;
  readonly #given = new Map<number, Given>();
  /** Of the given ones, those that are not sent yet. One that fails before is not sent any more: whoever gave it may give it again. */
  readonly #unsent = new Map<number, OrderAsk>();
  /** The other node reads more slowly than orders are given. */
  #isFull = false;
  #lastNumber = 0;

  constructor(open: () => Stream) {
    this.#open = open;
  }

  /** give gives an order; null: there is no such connection. Rejects if the node does not say so in time. */
  give(ask: OrderAsk, timeoutMs: number): Promise<Outcome | null> {
    // A 32-bit number that is not 0.
    const number = (this.#lastNumber = (this.#lastNumber % 0xffff_fffe) + 1);
    return new Promise((resolve, reject) => {
      const late = () => this.#settle(number)?.reject(new Error(`no response within ${timeoutMs} ms`));
      this.#given.set(number, { resolve, reject, timer: setTimeout(late, timeoutMs) });
      this.#unsent.set(number, ask);
      if (this.#unsent.size === 1 && !this.#isFull) setImmediate(this.#send);
    });
  }

  close(): void {
    this.#stream?.end();
    this.#failed(new Error("the node is not a peer any more"));
  }

  #settle(number: number): Given | undefined {
    const given = this.#given.get(number);
    this.#given.delete(number);
    this.#unsent.delete(number);
    clearTimeout(given?.timer);
    return given;
  }

  readonly #send = (): void => {
    if (this.#unsent.size === 0) return;
    try {
      const stream = (this.#stream ??= this.#opened());
      while (this.#unsent.size > 0 && !this.#isFull) this.#isFull = !stream.write({ orders: this.#batch() });
    } catch (error) {
      // A client that was closed opens no streams.
      this.#failed(error as Error);
    }
  };

  /** Takes the next orders that go together. */
  #batch() {
    const orders: (ReturnType<typeof toOrder> & { readonly number: number })[] = [];
    let bytes = 0;
    for (const [number, ask] of this.#unsent) {
      orders.push({ ...toOrder(ask), number });
      this.#unsent.delete(number);
      bytes += bytesOf(ask);
      if (bytes >= BATCH_MAX_BYTES) break;
    }
    return orders;
  }

  #opened(): Stream {
    const stream = this.#open();
    const over = (error: Error) => {
      // Another one may be open by now.
      if (this.#stream === stream) this.#failed(error);
    };
    stream.on("data", ({ outcomes }) => {
      for (const outcome of outcomes) {
        const given = this.#settle(outcome.number);
        if (outcome.error === "") given?.resolve(outcomeOf(outcome));
        else given?.reject(new Error(outcome.error));
      }
    });
    stream.on("drain", () => {
      if (this.#stream !== stream) return;
      this.#isFull = false;
      this.#send();
    });
    stream.on("error", over);
    stream.on("end", () => over(new Error("the node has ended the stream")));
    return stream;
  }

  #failed(error: Error): void {
    this.#stream = undefined;
    this.#isFull = false;
    for (const number of this.#given.keys()) this.#settle(number)?.reject(error);
  }
}
