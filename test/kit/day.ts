import { setTimeout as delay } from "node:timers/promises";

const DAY_MS = 86_400_000;
/** Longer than the tests of a file take on a slow machine, and shorter than a hook may. */
const NEEDED_MS = 120_000;

/**
 * dayLasts waits, where the day of UTC is about to end, until the next one has begun. Quotas, usage and invoices are of days and months of
 * UTC: a test that makes calls and then reads what was counted of them must not see two of those.
 */
export async function dayLasts(): Promise<void> {
  const leftMs = DAY_MS - (Date.now() % DAY_MS);
  if (leftMs < NEEDED_MS) await delay(leftMs);
}
