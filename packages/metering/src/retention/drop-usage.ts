import type { Database, Session } from "../usage-store/database.ts";
import { readKeptFrom } from "./kept-from.ts";
import { monthStart } from "./months.ts";
import { dropMonths, partsOfSeveralMonths } from "./partitions.ts";
import type { UsageTable } from "./usage-tables.ts";

const DAY_MS = 86_400_000;

/** What a draft charges, and hours in which countings differ, are kept until they are settled; undefined: there are none. */
async function heldFrom(session: Session): Promise<number | undefined> {
  const [draft] = await session.query("SELECT MIN(month) AS month FROM invoice_drafts WHERE state = 'DRAFT'");
  const [different] = await session.query(
    "SELECT MIN(start_unix_ms) AS start FROM usage_differences WHERE state = 'OPEN' AND kind = 'LEDGER'",
  );
  const held = [
    ...(draft?.["month"] ? [Date.parse(`${draft["month"]}-01T00:00:00Z`) - DAY_MS] : []),
    ...(different?.["start"] ? [Number(different["start"])] : []),
  ];
  return held.length === 0 ? undefined : Math.min(...held);
}

/** Moves the time from which on usage is kept, and returns it: never back, and never into what is held. */
async function moveKeptFrom(session: Session, wantedUnixMs: number): Promise<number> {
  const held = await heldFrom(session);
  const keptFrom = Math.max(await readKeptFrom(session), Math.min(wantedUnixMs, held ?? wantedUnixMs));
  await session.query("UPDATE usage_retention SET kept_from_unix_ms = $1 WHERE id = 1", [keptFrom]);
  return keptFrom;
}

/** The present, by the clock and by the newest usage: a clock that is ahead must not drop what is still to be charged. undefined: there is no usage. */
async function presentUnixMs(database: Database, nowMs: number): Promise<number | undefined> {
  const [row] = await database.query("SELECT MAX(slot_unix_ms) AS newest FROM usage_units");
  const newest = row?.["newest"] ?? null;
  return newest === null ? undefined : Math.min(nowMs, Number(newest));
}

/**
 * dropUsage drops usage of months that ended more than so many months ago. From then on nothing is charged, explained or audited of it; what is left to
 * drop after an interruption is dropped by the next run. The months of all time zones that are kept are whole: a day more stays.
 */
export async function dropUsage(database: Database, months: number, nowMs: number): Promise<void> {
  const present = await presentUnixMs(database, nowMs);
  if (present === undefined) return;
  const wanted = monthStart(present, -months) - DAY_MS;
  const keptFrom = await database.exclusive((session) => moveKeptFrom(session, wanted));
  await dropMonths(database, keptFrom);
  for (const part of await partsOfSeveralMonths(database)) await deleteBefore(database, part, keptFrom);
}

/** A month in each transaction, from the first that has rows: clocks that are wrong leave some of decades ago. */
async function deleteBefore(
  database: Database,
  { name, time }: Pick<UsageTable, "name" | "time">,
  keptFrom: number,
): Promise<void> {
  while (true) {
    const [row] = await database.query(`SELECT MIN(${time}) AS first FROM ${name} WHERE ${time} < $1`, [
      keptFrom,
    ]);
    const first = row?.["first"] ?? null;
    if (first === null) return;
    const end = Math.min(Number(first) + 31 * DAY_MS, keptFrom);
    await database.slowly((session) => session.query(`DELETE FROM ${name} WHERE ${time} < $1`, [end]));
  }
}
