import type { Call, Observer } from "@tollgate/pipeline";
import type { Spool } from "../usage/spool.ts";
import type { LoadGuard } from "./load-guard.ts";
import { StreamTurns } from "./stream-turns.ts";

export interface TurnOptions {
  readonly spool: Pick<Spool, "commit" | "isFull">;
  /** Records what observers wrote to logs: it never throws. */
  readonly logs?: { commit(): void };
  /** Observes calls that no route of an API matched. */
  readonly unrouted: Observer;
  readonly nowMs: () => number;
  /** Told how long turns take, and how many calls end in them. */
  readonly guard?: Pick<LoadGuard, "turnBegan" | "turnEnded">;
  /** Reports failures: a record that cannot be written, an observer or a response that throws. */
  readonly report: (what: string, error: unknown) => void;
}

/** HeldExchange is an exchange whose bytes wait for the end of the turn. */
export interface HeldExchange {
  readonly call: Call;
  /** Writes the available part of a stream. */
  passOn(): void;
  /** Writes the rest of a response that is recorded. */
  complete(): void;
  /** Responds that the call cannot be recorded. */
  refuse(): void;
  /** Ends the connection. */
  abandon(): void;
}

const passOn = (exchange: HeldExchange): void => exchange.passOn();
const refuse = (exchange: HeldExchange): void => exchange.refuse();
const complete = (exchange: HeldExchange): void => exchange.complete();

/**
 * Turn completes responses in groups: at the end of each turn of the event loop it observes all calls that ended in it, commits their
 * usage events with one write, and only then sends their last bytes. So a client never gets a complete response without a record, and the
 * record costs one system call per turn, not one per call.
 */
export class Turn {
  readonly #options: TurnOptions;
  #answered: HeldExchange[] = [];
  #streaming: HeldExchange[] = [];
  #ends: (() => void)[] = [];
  /** Whose turn it is, where bodies are large. */
  readonly streams = new StreamTurns(() => this.#schedule());
  #scheduled = false;

  constructor(options: TurnOptions) {
    this.#options = options;
  }

  /** answered adds an exchange whose response is complete. */
  answered(exchange: HeldExchange): void {
    this.#answered.push(exchange);
    this.#schedule();
  }

  /** streaming adds an exchange that has bytes for its client but is not at its end. */
  streaming(exchange: HeldExchange): void {
    this.#streaming.push(exchange);
    this.#schedule();
  }

  /** atEnd calls back at the end of the turn, when its responses have been sent. It must not throw. */
  atEnd(end: () => void): void {
    this.#ends.push(end);
    this.#schedule();
  }

  /** began is called when a call begins: from then on the turn is measured. */
  began(nowMs: number): void {
    this.#options.guard?.turnBegan(nowMs);
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.#flush);
  }

  #schedule(): void {
    if (!this.#scheduled) this.began(this.#options.nowMs());
  }

  readonly #flush = (): void => {
    this.#scheduled = false;
    const answered = this.#answered;
    const streaming = this.#streaming;
    this.#answered = [];
    this.#streaming = [];
    for (const exchange of streaming) this.#attempt(exchange, passOn);
    const endMs = this.#options.nowMs();
    let recorded = 0;
    for (let i = 0; i < answered.length; i++) {
      this.#observe(answered[i] as HeldExchange, endMs);
      if (i < answered.length - 1 && !this.#options.spool.isFull) continue;
      this.#settle(answered.slice(recorded, i + 1));
      recorded = i + 1;
    }
    const ends = this.#ends;
    this.#ends = [];
    for (const end of ends) end();
    this.streams.turnEnded();
    const { guard, nowMs } = this.#options;
    guard?.turnEnded(answered.length);
    // Responses may have let other calls begin, such as the next message of a client: those are of the next turn.
    if (this.#scheduled) guard?.turnBegan(nowMs());
  };

  #observe({ call }: HeldExchange, endMs: number): void {
    const { unrouted, report } = this.#options;
    call.endMs = endMs;
    try {
      const observers = call.route?.observers;
      if (observers) for (const observe of observers) observe(call);
      else unrouted(call);
      call.endTrace();
    } catch (error) {
      report("an observer failed", error);
    }
  }

  /** Commits the record of some responses, and sends or refuses them. */
  #settle(answered: readonly HeldExchange[]): void {
    this.#options.logs?.commit();
    try {
      this.#options.spool.commit();
    } catch (error) {
      this.#options.report("calls are refused: their usage cannot be written to the spool", error);
      for (const exchange of answered) this.#attempt(exchange, refuse);
      return;
    }
    for (const exchange of answered) this.#attempt(exchange, complete);
  }

  /** A response that cannot be written, such as one with a header that HTTP does not allow, must not block the others. */
  #attempt(exchange: HeldExchange, write: (exchange: HeldExchange) => void): void {
    try {
      write(exchange);
    } catch (error) {
      this.#options.report("a response could not be written", error);
      exchange.abandon();
    }
  }
}
