const MINUTE_MS = 60_000;

/** connectionMinutes is how many minutes a connection has: each started one, and at least one. */
export const connectionMinutes = (connectedUnixMs: number, endedUnixMs: number): number =>
  Math.max(1, Math.ceil((endedUnixMs - connectedUnixMs) / MINUTE_MS));

/** minutesStartedBefore is how many of a connection's minutes belong to the time before an instant: those that start before it. */
export function minutesStartedBefore(
  instantUnixMs: number,
  { connectedUnixMs, endedUnixMs }: { readonly connectedUnixMs: number; readonly endedUnixMs: number },
): number {
  const started = Math.ceil((instantUnixMs - connectedUnixMs) / MINUTE_MS);
  return Math.min(Math.max(0, started), connectionMinutes(connectedUnixMs, endedUnixMs));
}
