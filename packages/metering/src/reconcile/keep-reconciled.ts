import type { Logger } from "@tollgate/telemetry";
import { repeat } from "../repeat.ts";
import type { Database } from "../usage-store/database.ts";
import { countOpen, listDifferences } from "./differences.ts";
import { claimRun, reconcile, refreshMissing } from "./reconcile.ts";

const EVERY_MS = 3_600_000;
const LOOK_EVERY_MS = 60_000;

export interface ReconcilingOptions {
  readonly database: Database;
  readonly silentBeforeUnixMs: () => number;
  readonly logger: Logger;
}

/** keepReconciled compares usage each hour, in one of the meterings of a database, until it is disposed. A database that is away is tried again. */
export const keepReconciled = ({
  database,
  silentBeforeUnixMs,
  logger,
}: ReconcilingOptions): AsyncDisposable =>
  repeat(
    async () => {
      const now = { nowMs: Date.now(), silentBeforeUnixMs: silentBeforeUnixMs() };
      if (!(await claimRun(database, now.nowMs, EVERY_MS))) return await refreshMissing(database, now);
      await reconcile(database, now);
      const open = await countOpen(database);
      if (open.MISSING + open.LEDGER + open.INVOICE === 0) return;
      const [first] = await listDifferences(database, { settledToo: false });
      logger.error(
        { ...open, first: first?.problem },
        "countings of usage do not agree: invoices wait until it is explained; see 'tollgate usage status'",
      );
    },
    { everyMs: LOOK_EVERY_MS, failure: "usage could not be compared", logger },
  );
