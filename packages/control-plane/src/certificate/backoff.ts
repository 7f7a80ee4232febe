import type { AcmeError } from "./acme/acme-error.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Authorities count failures by name and hour: one, four, sixteen minutes, and so on. */
const BACKOFF_FACTOR = 4;
const BACKOFF_MAX_MS = 6 * HOUR_MS;
/** An authority that cannot be reached, or has not been asked yet, counts nothing. */
const UNCOUNTED: ReadonlySet<string> = new Set(["unreachable", "notDelegated"]);
const UNCOUNTED_MAX_MS = 4 * MINUTE_MS;
/** An authority that asks to wait for longer is asked again all the same: certificates end meanwhile. */
const RETRY_AFTER_MAX_MS = 7 * 24 * HOUR_MS;
/** backoffMs is how long a request waits after an attempt that failed. */
export const backoffMs = (failedAttempts: number, error: AcmeError): number => {
  const growing = MINUTE_MS * BACKOFF_FACTOR ** Math.min(failedAttempts, 10);
  const most = UNCOUNTED.has(error.type) ? UNCOUNTED_MAX_MS : BACKOFF_MAX_MS;
  return Math.max(Math.min(growing, most), Math.min(error.retryAfterMs ?? 0, RETRY_AFTER_MAX_MS));
};
