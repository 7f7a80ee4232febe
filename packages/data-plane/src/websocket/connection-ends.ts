import {
  type Call,
  type Closing,
  Connection,
  disconnectCall,
  run,
  type WebSocketStage,
} from "@tollgate/pipeline";
import type { ListenerState } from "../listener/listener-state.ts";
import type { Turn } from "../listener/turn.ts";
import type { OrphanedConnection } from "../worker/protocol.ts";
import { type ConnectionMinutes, minutesBegun } from "./connection-minutes.ts";
import { MessageExchange } from "./message-exchange.ts";

/** The client is gone without a word. */
export const VANISHED: Closing = { code: 1006, reason: "" };
/** So many ends of another worker's connections are reported at a time. */
const ADOPTED_AT_ONCE = 256;

/** Clock has both times: monotonic, and wall clock. */
export interface Clock {
  readonly nowMs: () => number;
  readonly unixMs: () => number;
}

/** SettleEnd says to the node that this worker reports the end of a connection, and calls `settled` when that is sure to be known. */
export interface SettleEnd {
  closed(id: string, settled: () => void): void;
}

export interface ConnectionEndsOptions {
  readonly stageOf: (connection: Connection) => WebSocketStage | undefined;
  readonly settle: SettleEnd;
  readonly minutes: ConnectionMinutes;
  readonly turn: Turn;
  readonly listener: ListenerState;
  readonly report: (error: unknown, call: Call) => void;
  readonly clock: Clock;
}

/**
 * ConnectionEnds reports the ends of connections to their APIs. Whoever does that has said so before $disconnect is called: should it be
 * killed while it is, nobody calls $disconnect again (AWS: delivered with best effort).
 */
export class ConnectionEnds {
  readonly #options: ConnectionEndsOptions;
  #count = 0;

  constructor(options: ConnectionEndsOptions) {
    this.#options = options;
  }

  /** How many are being reported. */
  get count(): number {
    return this.#count;
  }

  /** report reports the end of a connection: `settled` is called when nobody else will, and `done` when its API has responded. */
  report(connection: Connection, closing: Closing, settled?: () => void, done?: () => void): void {
    this.#count++;
    this.#options.settle.closed(connection.id, () => {
      settled?.();
      this.#disconnect(connection, closing, () => {
        this.#count--;
        done?.();
      });
    });
  }

  /** adopt reports the ends of connections of a worker that has ended, and records the rest of their minutes. It resolves when all are reported. */
  async adopt(orphans: readonly OrphanedConnection[]): Promise<void> {
    const left = orphans.values();
    const next = async (): Promise<void> => {
      for (const orphan of left) await this.#adopt(orphan);
    };
    await Promise.all(Array.from({ length: ADOPTED_AT_ONCE }, next));
  }

  #adopt({ connection: record, countedUnixMs, endedUnixMs }: OrphanedConnection): Promise<void> {
    const { minutes } = this.#options;
    const connection = new Connection(record);
    const begunBy = (unixMs: number) => minutesBegun(record.connectedAtUnixMs, unixMs);
    const count = () => {
      minutes.add(connection, begunBy(endedUnixMs) - begunBy(countedUnixMs));
      minutes.commitSoon();
    };
    return new Promise((resolve) => this.report(connection, VANISHED, count, resolve));
  }

  #disconnect(connection: Connection, closing: Closing, ended: () => void): void {
    const { stageOf, turn, listener, report, clock } = this.#options;
    const stage = stageOf(connection);
    const at = { nowMs: clock.nowMs(), unixMs: clock.unixMs() };
    const exchange = new MessageExchange({ turn, listener }, { send: () => undefined, ended });
    const call = stage && disconnectCall(connection, stage, closing, exchange, at);
    if (!call?.route) {
      exchange.abandon();
      return;
    }
    exchange.call = call;
    turn.began(at.nowMs);
    void run(call, call.route, report);
  }
}
