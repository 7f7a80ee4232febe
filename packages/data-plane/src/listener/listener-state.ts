import type { HeldBytes } from "./held-bytes.ts";
import type { InFlight } from "./load-guard.ts";

/** ListenerState is what all exchanges of a listener share. */
export interface ListenerState extends InFlight {
  /** The listener is stopping, or will soon: connections end after their current response. */
  draining: boolean;
  /** Requests that are being handled. */
  callsInFlight: number;
  readonly held: HeldBytes;
  /** How much of one response may wait for its client before its upstream waits too. */
  readonly responseBufferBytes: number;
}
