import type { OrderOutcome as Outcome } from "@tollgate/pipeline";
import type { ServiceClient } from "@tollgate/proto/grpc";
import type { ConnectionService } from "@tollgate/proto/node";
import type { OrderAsk } from "../worker/protocol.ts";
import { TurnQueue } from "../worker/turn-queue.ts";
import { outcomeOf, toOrder } from "./connection-service.ts";

/** A message is not larger than this by much: what a turn has more goes in others. */
const BATCH_MAX_BYTES = 1024 * 1024;

type Stream = ReturnType<ServiceClient<typeof ConnectionService>["giveOrders"]>;

interface Given {
  readonly resolve: (outcome: Outcome | null) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

interface Queued {
  readonly number: number;
  readonly ask: OrderAsk;
}

const bytesOf = ({ order }: OrderAsk): number => (order.type === "post" ? order.message.length : 0);

/** OrderStream gives orders to another node by one stream, which it opens for the first of them: those of a turn of the event loop together. */
export class OrderStream {
  readonly #open: () => Stream;
  #stream: Stream | undefined = undefined;
  readonly #given = new Map<number, Given>();
  readonly #queue = new TurnQueue<Queued>((orders) => this.#send(orders));
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
      this.#queue.add({ number, ask });
    });
  }

  close(): void {
    this.#stream?.end();
    this.#failed(new Error("the node is not a peer any more"));
  }

  #settle(number: number): Given | undefined {
    const given = this.#given.get(number);
    this.#given.delete(number);
    clearTimeout(given?.timer);
    return given;
  }

  #send(orders: readonly Queued[]): void {
    const stream = (this.#stream ??= this.#opened());
    let from = 0;
    let bytes = 0;
    orders.forEach(({ ask }, i) => {
      bytes += bytesOf(ask);
      if (bytes < BATCH_MAX_BYTES && i < orders.length - 1) return;
      stream.write({
        orders: orders.slice(from, i + 1).map((one) => ({ ...toOrder(one.ask), number: one.number })),
      });
      from = i + 1;
      bytes = 0;
    });
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
    stream.on("error", over);
    stream.on("end", () => over(new Error("the node has ended the stream")));
    return stream;
  }

  #failed(error: Error): void {
    this.#stream = undefined;
    for (const number of this.#given.keys()) this.#settle(number)?.reject(error);
  }
}
