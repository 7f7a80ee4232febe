import type { ServiceImplementation } from "@tollgate/proto/grpc";
import { unary } from "@tollgate/proto/rpc";
import { DifferenceKind, DifferenceState, type UsageService } from "@tollgate/proto/usage";
import { acceptDifference, listDifferences, type StoredDifference } from "../reconcile/differences.ts";
import { readReconciliation, reconcile, refreshMissing } from "../reconcile/reconcile.ts";
import type { Database } from "../usage-store/database.ts";
import { toRpcError } from "./refused.ts";

export interface ReconciliationOptions {
  readonly database: Database;
  readonly silentBeforeUnixMs: () => number;
  /** Hears of failures that are nobody's fault. */
  readonly report: (error: unknown) => void;
}

const toMessage = (one: StoredDifference) => ({
  id: one.id,
  kind: DifferenceKind[one.kind],
  state: DifferenceState[one.state],
  problem: one.problem,
  startTimeUnixMs: BigInt(one.startUnixMs),
  endTimeUnixMs: BigInt(one.endUnixMs),
  source: one.source,
  firstSeq: BigInt(one.firstSeq),
  lastSeq: BigInt(one.lastSeq),
  accountId: one.accountId,
  subscriptionId: one.subscriptionId,
  foundTimeUnixMs: BigInt(one.foundUnixMs),
  settledTimeUnixMs: BigInt(one.settledUnixMs),
  actor: one.actor,
  reason: one.reason,
});

async function reconciliationOf(database: Database, settledToo: boolean) {
  const { endedUnixMs, untilUnixMs } = await readReconciliation(database);
  const differences = await listDifferences(database, { settledToo });
  return {
    comparedTimeUnixMs: BigInt(endedUnixMs),
    comparedUntilUnixMs: BigInt(untilUnixMs),
    differences: differences.map(toMessage),
  };
}

/** reconciling serves what does not agree, and who accepts it. */
export function reconciling({
  database,
  silentBeforeUnixMs,
  report,
}: ReconciliationOptions): Pick<
  ServiceImplementation<typeof UsageService>,
  "getReconciliation" | "reconcileUsage" | "acceptDifference"
> {
  const now = () => ({ nowMs: Date.now(), silentBeforeUnixMs: silentBeforeUnixMs() });
  const refused = (error: unknown): never => {
    throw toRpcError(error);
  };
  return {
    getReconciliation: unary(
      ({ settledToo }) =>
        refreshMissing(database, now())
          .then(() => reconciliationOf(database, settledToo))
          .then((reconciliation) => ({ reconciliation }), refused),
      report,
    ),
    reconcileUsage: unary(
      () =>
        reconcile(database, now())
          .then(() => reconciliationOf(database, false))
          .then((reconciliation) => ({ reconciliation }), refused),
      report,
    ),
    acceptDifference: unary(
      ({ id, reason }, { operator }) =>
        acceptDifference(database, id, { actor: operator.name, reason, nowUnixMs: Date.now() }).then(
          (difference) => ({ difference: toMessage(difference) }),
          refused,
        ),
      report,
    ),
  };
}
