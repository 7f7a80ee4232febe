import type { LogStore, QueryRuns } from "@tollgate/log-store";
import { AlarmService } from "@tollgate/proto/alarms";
import { BillingService } from "@tollgate/proto/billing";
import { BillingEventService } from "@tollgate/proto/billing-events";
import { addService } from "@tollgate/proto/grpc";
import { LogService } from "@tollgate/proto/logs";
import { MetricsService } from "@tollgate/proto/metrics";
import { MeteringStatusService, SourceService, UsageService } from "@tollgate/proto/usage";
import type { Logger } from "@tollgate/telemetry";
import { AlarmStore } from "../alarms/alarm-store.ts";
import type { UsageAuditing } from "../audit/audit-usage.ts";
import type { Database } from "../usage-store/database.ts";
import { createAlarmService } from "./alarm-service.ts";
import { createBillingEventService } from "./billing-event-service.ts";
import { createBillingService } from "./billing-service.ts";
import { createLogService } from "./log-service.ts";
import { createMetricsService, type MetricsServiceOptions } from "./metrics-service.ts";
import { createStatusService, type StatusServiceOptions } from "./status-service.ts";
import { createSourceService, createUsageService, type UsageServiceOptions } from "./usage-service.ts";

/** SERVICES are the services of the gRPC port besides health and reflection. */
export const SERVICES = [
  UsageService,
  SourceService,
  BillingService,
  BillingEventService,
  LogService,
  MetricsService,
  AlarmService,
  MeteringStatusService,
];

export interface ServicesOptions extends Pick<UsageServiceOptions, "silentBeforeUnixMs"> {
  readonly database: Database;
  /** The same database, as the store of usage has it. */
  readonly counted: UsageServiceOptions["database"];
  /** Before which time all usage that was received is counted. */
  readonly countedUntilUnixMs: () => Promise<number>;
  readonly logStore: LogStore;
  readonly logQueries: QueryRuns;
  readonly metrics: Pick<MetricsServiceOptions, "metrics" | "onWritten" | "backend">;
  readonly auditing: UsageAuditing;
  readonly status: Omit<StatusServiceOptions, "logger">;
  readonly logger: Logger;
}

/** registerServices adds all services to a server. */
export function registerServices(
  server: Parameters<typeof addService>[0],
  {
    database,
    counted,
    silentBeforeUnixMs,
    countedUntilUnixMs,
    logStore,
    logQueries,
    metrics,
    status,
    auditing,
    logger,
  }: ServicesOptions,
): void {
  const usage = { database: counted, silentBeforeUnixMs, logger };
  addService(server, UsageService, createUsageService({ ...usage, database, auditing }));
  addService(server, SourceService, createSourceService(usage));
  addService(
    server,
    LogService,
    createLogService({ store: logStore, queries: logQueries, nowMs: Date.now, logger }),
  );
  addService(server, MetricsService, createMetricsService({ ...metrics, database, nowMs: Date.now, logger }));
  addService(server, AlarmService, createAlarmService({ store: new AlarmStore(database, Date.now), logger }));
  addService(server, BillingService, createBillingService({ ...usage, database, nowUnixMs: Date.now }));
  addService(
    server,
    BillingEventService,
    createBillingEventService({ database, nowUnixMs: Date.now, countedUntilUnixMs, logger }),
  );
  addService(server, MeteringStatusService, createStatusService({ ...status, logger }));
}
