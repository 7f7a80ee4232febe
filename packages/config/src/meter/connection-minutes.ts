const MINUTE_MS = 60_000;

/** connectionMinutes is how many minutes a connection has: each started one, and at least one. */
export const connectionMinutes = (connectedUnixMs: number, endedUnixMs: number): number =>
  Math.max(1, Math.ceil((endedUnixMs - connectedUnixMs) / MINUTE_MS));
