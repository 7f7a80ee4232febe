import { Refusal } from "../refusal.ts";
import type { Session } from "../usage-store/database.ts";

/** readKeptFrom is the time from which on usage is stored; 0: nothing was dropped. */
export async function readKeptFrom(session: Session): Promise<number> {
  const [row] = await session.query("SELECT kept_from_unix_ms FROM usage_retention WHERE id = 1");
  return Number(row?.["kept_from_unix_ms"] ?? 0);
}

/** refuseGone refuses what needs usage that was dropped. */
export function refuseGone(what: string, startUnixMs: number, keptFromUnixMs: number): void {
  if (startUnixMs >= keptFromUnixMs) return;
  throw new Refusal(
    `the usage of ${what} is gone: what is stored begins at ${new Date(keptFromUnixMs).toISOString()} (TOLLGATE_USAGE_RETENTION_MONTHS); invoices stay as they are`,
    "precondition",
  );
}
