import type { ServiceImplementation } from "@tollgate/proto/grpc";
import { unary } from "@tollgate/proto/rpc";
import type { SourceService, UsageService } from "@tollgate/proto/usage";
import type { Logger } from "@tollgate/telemetry";
import { auditUsage, oneAtATime, type UsageAudit, type UsageAuditing } from "../audit/audit-usage.ts";
import { confirmAudited } from "../reconcile/differences.ts";
import { countLeasedCalls } from "../usage/count-leased-calls.ts";
import { listSources } from "../usage/list-sources.ts";
import { queryKeyUsage } from "../usage/query-key-usage.ts";
import { queryUnits } from "../usage/query-units.ts";
import { queryUsage } from "../usage/query-usage.ts";
import { reportSources } from "../usage/report-sources.ts";
import type { Database, Session } from "../usage-store/database.ts";
import { reconciling } from "./reconciliation.ts";
import { toRpcError } from "./refused.ts";

export interface UsageServiceOptions {
  readonly database: Session;
  /** Sources that were not heard of since then are silent. */
  readonly silentBeforeUnixMs: () => number;
  readonly logger: Logger;
}

/** createUsageService serves the queries of a database over gRPC. */
export function createUsageService({
  database,
  silentBeforeUnixMs,
  logger,
  auditing: { topic, readRaw, newFile },
}: UsageServiceOptions & {
  readonly database: Database;
  readonly auditing: UsageAuditing;
}): ServiceImplementation<typeof UsageService> {
  const report = (error: unknown) => logger.error({ err: error }, "a usage query failed unexpectedly");
  const refused = (error: unknown): never => {
    throw toRpcError(error);
  };
  const audit = oneAtATime(auditUsage);
  return {
    ...reconciling({ database, silentBeforeUnixMs, report }),
    queryUsage: unary(
      (request) => queryUsage(database, request, silentBeforeUnixMs()).catch(refused),
      report,
    ),
    queryUnits: unary(
      (request) =>
        queryUnits(database, request, {
          silentBeforeUnixMs: silentBeforeUnixMs(),
          nowUnixMs: Date.now(),
        }).catch(refused),
      report,
    ),
    queryKeyUsage: unary((request) => queryKeyUsage(database, request).catch(refused), report),
    auditUsage: unary(async ({ accountId, startTimeUnixMs, endTimeUnixMs }, { operator }) => {
      const period = { accountId, startUnixMs: Number(startTimeUnixMs), endUnixMs: Number(endTimeUnixMs) };
      const found = await audit({ database, topic, readRaw, file: newFile() }, period).catch(refused);
      // Only what is compared of all accounts tells that an hour is right.
      if (accountId === "" && found.differenceCount === 0 && found.droppedMessageCount === 0)
        await confirmAudited(
          database,
          { ...period, messageCount: found.messageCount },
          { actor: operator.name, nowUnixMs: Date.now() },
        );
      return toAuditMessage(found);
    }, report),
    listSources: unary(
      (request) => listSources(database, request, silentBeforeUnixMs()).catch(refused),
      report,
    ),
  };
}

const toAuditMessage = ({
  messageCount,
  droppedMessageCount,
  comparedCount,
  differenceCount,
  differences,
}: UsageAudit) => ({
  messageCount: BigInt(messageCount),
  droppedMessageCount: BigInt(droppedMessageCount),
  comparedCount: BigInt(comparedCount),
  differenceCount: BigInt(differenceCount),
  differences: [...differences],
});

/** createSourceService takes reports of nodes, and counts for them, over gRPC. */
export function createSourceService({
  database,
  logger,
}: UsageServiceOptions): ServiceImplementation<typeof SourceService> {
  const report = (error: unknown) => logger.error({ err: error }, "a report of a node failed unexpectedly");
  const refused = (error: unknown): never => {
    throw toRpcError(error);
  };
  return {
    reportSources: unary((request) => reportSources(database, request, Date.now()).catch(refused), report),
    countLeasedCalls: unary((request) => countLeasedCalls(database, request).catch(refused), report),
  };
}
