import type { Observer } from "@tollgate/pipeline";
import type { Spool } from "../usage/spool.ts";
import type { HttpExchange } from "./http-exchange.ts";

export interface TurnOptions {
  readonly spool: Pick<Spool, "commit">;
  /** Watches calls that no API's route took. */
  readonly unrouted: Observer;
  readonly nowMs: () => number;
  readonly onSpoolFailure: (error: unknown) => void;
}

/**
 * Turn ends answers in groups: at the end of each turn of the event loop it observes all calls that were answered in it, commits their
 * usage events by one write, and only then lets their last bytes go. So a client never has an answer that is not on record, and the
 * record costs one system call a turn, not one a call.
 */
export class Turn {
  readonly #options: TurnOptions;
  #answered: HttpExchange[] = [];
  #streaming: HttpExchange[] = [];
  #scheduled = false;

  constructor(options: TurnOptions) {
    this.#options = options;
  }

  /** answered takes an exchange whose answer is complete. */
  answered(exchange: HttpExchange): void {
    this.#answered.push(exchange);
    this.#schedule();
  }

  /** streaming takes an exchange that has bytes for its client but is not at its end. */
  streaming(exchange: HttpExchange): void {
    this.#streaming.push(exchange);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.#flush);
  }

  readonly #flush = (): void => {
    this.#scheduled = false;
    const answered = this.#answered;
    const streaming = this.#streaming;
    this.#answered = [];
    this.#streaming = [];
    for (const exchange of streaming) exchange.passOn();
    if (answered.length === 0) return;
    const { spool, unrouted, nowMs, onSpoolFailure } = this.#options;
    const endMs = nowMs();
    for (const { call } of answered) {
      call.endMs = endMs;
      const observers = call.route?.observers;
      if (observers) for (const observe of observers) observe(call);
      else unrouted(call);
      call.endTrace();
    }
    try {
      spool.commit();
    } catch (error) {
      onSpoolFailure(error);
      for (const exchange of answered) exchange.refuse();
      return;
    }
    for (const exchange of answered) exchange.complete();
  };
}
