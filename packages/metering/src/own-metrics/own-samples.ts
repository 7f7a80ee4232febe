import { type Sample, valuesOf } from "@tollgate/metric-store";
import { countDeadByTarget } from "../billing-events/deliveries.ts";
import { countOpen } from "../reconcile/differences.ts";
import type { Session } from "../usage-store/database.ts";
import { unacceptedEvents } from "../usage-store/missing.ts";

/** The namespace of what alarms can compare of metering itself. */
const NAMESPACE = "Tollgate/Metering";
/** What is missing is not of one account: operators have alarms of it in their own. */
const OWN_ACCOUNT = "000000000000";

export interface OwnSamplesOptions {
  readonly nowMs: number;
  /** Sources that were not heard of since then are silent. */
  readonly silentBeforeUnixMs: number;
}

/**
 * readOwnSamples are what is wrong now with what metering keeps, as samples of metrics: deliveries that were given up, usage that is missing, countings that
 * do not agree. What is not wrong has no sample, so that a gateway without trouble stores nothing; alarms treat missing data as not breaching.
 */
export async function readOwnSamples(
  session: Session,
  { nowMs, silentBeforeUnixMs }: OwnSamplesOptions,
): Promise<readonly Sample[]> {
  const sample = (accountId: string, name: string, value: number, target = ""): Sample => ({
    accountId,
    namespace: NAMESPACE,
    dimensions: target === "" ? [] : [{ name: "Target", value: target }],
    metric: { name, unit: "Count" },
    unixS: Math.floor(nowMs / 1_000),
    values: valuesOf({ value }),
  });
  const dead = await countDeadByTarget(session);
  const accounts = Map.groupBy(dead, ({ accountId }) => accountId);
  const open = await countOpen(session);
  return [
    ...dead.map(({ accountId, target, count }) => sample(accountId, "DeadDeliveries", count, target)),
    ...[...accounts].map(([accountId, targets]) =>
      sample(
        accountId,
        "DeadDeliveries",
        targets.reduce((sum, { count }) => sum + count, 0),
      ),
    ),
    sample(OWN_ACCOUNT, "MissingUsage", await unacceptedEvents(session, silentBeforeUnixMs)),
    sample(OWN_ACCOUNT, "OpenDifferences", open.MISSING + open.LEDGER + open.INVOICE),
  ].filter(({ values }) => values.maximum > 0);
}
