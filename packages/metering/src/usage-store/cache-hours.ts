import { type Meter, meters } from "@tollgate/config";
import type { EventView } from "@tollgate/usage-stream";
import type { Session } from "./database.ts";
import type { NotOfCall, Tally } from "./tally.ts";

const HOUR_MS = 3_600_000;
const PREFIX = "cache.hour.";

/** The meters of caches, the smallest first. */
const cacheMeters: readonly Meter[] = meters
  .filter((meter) => meter.startsWith(PREFIX))
  .sort((one, other) => Number(one.slice(PREFIX.length)) - Number(other.slice(PREFIX.length)));

/** The place of a size among the meters, from 1; 0: there is no such size. */
const placeOf = (size: string): number => cacheMeters.indexOf(`${PREFIX}${size}` as Meter) + 1;

/** CacheHour is an hour in which a stage had a cache, as one source recorded it. */
interface CacheHour extends NotOfCall {
  readonly place: number;
}

/**
 * CacheHoursTally counts hours of caches. Each node records each hour, so what is counted of an hour is not added up: it becomes the largest size that
 * was recorded, in whatever order that arrives.
 */
export class CacheHoursTally {
  readonly #hours = new Map<string, CacheHour>();

  /** add takes an event of a cache. */
  add(source: string, event: EventView, receivedUnixMs: number): void {
    const hourUnixMs = Math.floor(event.endTimeUnixMs / HOUR_MS) * HOUR_MS;
    const name = JSON.stringify([event.accountId, event.apiId, event.stage, hourUnixMs]);
    const place = placeOf(event.cacheSize);
    if (place > (this.#hours.get(name)?.place ?? 0))
      this.#hours.set(name, { source, event: event.copy(), hourUnixMs, receivedUnixMs, place });
  }

  /** settle adds to a tally what the hours change of what is stored. Their rows stay locked until the transaction ends. */
  async settle(session: Session, tally: Tally): Promise<void> {
    for (const name of [...this.#hours.keys()].sort()) {
      const hour = this.#hours.get(name) as CacheHour;
      const known = await raise(session, hour);
      if (known >= hour.place) continue;
      if (known > 0) tally.addUnits(hour, cacheMeters[known - 1] as Meter, -1);
      tally.addUnits(hour, cacheMeters[hour.place - 1] as Meter, 1);
    }
  }
}

/** Stores the size of an hour, if it is larger, and returns the place of the one before; 0: there was none. */
async function raise(session: Session, { event, hourUnixMs, place }: CacheHour): Promise<number> {
  const key = [event.accountId, event.apiId, event.stage, hourUnixMs];
  await session.query(
    "INSERT INTO usage_cache_hours (account_id, api_id, stage, hour_unix_ms, size_place) VALUES ($1, $2, $3, $4, 0) ON CONFLICT DO NOTHING",
    key,
  );
  const where = "account_id = $1 AND api_id = $2 AND stage = $3 AND hour_unix_ms = $4";
  const [row] = await session.query(
    `UPDATE usage_cache_hours SET size_place = size_place WHERE ${where} RETURNING size_place`,
    key,
  );
  const known = Number(row?.["size_place"] ?? 0);
  if (place > known)
    await session.query(`UPDATE usage_cache_hours SET size_place = $5 WHERE ${where}`, [...key, place]);
  return known;
}
