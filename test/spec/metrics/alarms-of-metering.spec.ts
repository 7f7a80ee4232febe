import { beforeEach, expect, it } from "vitest";
import { type Entity, type Kind, kinds } from "@tollgate/config";
import { MetricStore } from "@tollgate/metric-store";
import { AlarmService } from "@tollgate/proto/alarms";
import { addService } from "@tollgate/proto/grpc";
import { startGrpcServer } from "@tollgate/proto/grpc-server";
import { MetricsService } from "@tollgate/proto/metrics";
import { createLogger } from "@tollgate/telemetry";
import { connectAlarms } from "../../../packages/control-plane/src/alarm/alarm-records.ts";
import { AlarmDelivery } from "../../../packages/control-plane/src/alarm/deliver.ts";
import { AlarmEvaluator } from "../../../packages/control-plane/src/alarm/evaluator.ts";
import { connectMetrics } from "../../../packages/control-plane/src/metrics/metric-reader.ts";
import { AccountState } from "../../../packages/control-plane/src/mirror/mirror.ts";
import { draftEntity } from "../../../packages/control-plane/src/mirror/stored-entity.ts";
import { AlarmStore } from "../../../packages/metering/src/alarms/alarm-store.ts";
import { addEvent } from "../../../packages/metering/src/billing-events/add-event.ts";
import {
  listNewEvents,
  routeEvent,
  settleDelivery,
} from "../../../packages/metering/src/billing-events/deliveries.ts";
import { createAlarmService } from "../../../packages/metering/src/grpc/alarm-service.ts";
import { createMetricsService } from "../../../packages/metering/src/grpc/metrics-service.ts";
import { readOwnSamples } from "../../../packages/metering/src/own-metrics/own-samples.ts";
import { reconcile } from "../../../packages/metering/src/reconcile/reconcile.ts";
import { batchOf, receivedAt } from "../../../packages/metering/src/usage-store/batches.contract.ts";
import { openSqlite } from "../../../packages/metering/src/usage-store/sqlite.ts";
import { UsageStore } from "../../../packages/metering/src/usage-store/usage-store.ts";

const ACCOUNT = "000000000000";
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const logger = createLogger("metering", "fatal");

/** The minute that metering stores its own metrics in. */
let minuteMs = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
/** Values of the minute are there. */
const nowMs = () => minuteMs + MINUTE_MS + 15_000;

let scope: AsyncDisposableStack;
let database: ReturnType<typeof openSqlite>;
let usage: UsageStore;
let address: string;
const metrics = new MetricStore({ setsMax: 100, nowMs: Date.now });

beforeEach(async () => {
  scope = new AsyncDisposableStack();
  database = scope.use(openSqlite(":memory:"));
  usage = await UsageStore.open(database, { metrics });
  metrics.forget();
  const options = { database, nowMs: Date.now, logger };
  const server = scope.use(
    await startGrpcServer({
      host: "127.0.0.1",
      port: 0,
      tokens: undefined,
      tls: undefined,
      services: [MetricsService, AlarmService],
      register: (on) => {
        addService(
          on,
          MetricsService,
          createMetricsService({ ...options, metrics, onWritten: () => undefined }),
        );
        addService(
          on,
          AlarmService,
          createAlarmService({ ...options, store: new AlarmStore(database, nowMs) }),
        );
      },
    }),
  );
  address = `127.0.0.1:${server.port}`;
  return () => scope.disposeAsync();
});

/** What is wrong, and the metric that says so. */
const conditions: Readonly<Record<string, { metric: string; arise: () => Promise<unknown> }>> = {
  "usage that is missing": {
    metric: "MissingUsage",
    arise: () => usage.ingest(receivedAt([batchOf("n/0/a", 4, [{}])])),
  },
  "an event that was given up": {
    metric: "DeadDeliveries",
    arise: async () => {
      const event = { accountId: ACCOUNT, subject: "INV-1", timeUnixMs: minuteMs, content: {} };
      await addEvent(database, { ...event, type: "invoice.finalized" });
      const eventId = (await listNewEvents(database, 1))[0]?.eventId ?? "";
      await routeEvent(database, eventId, ["erp"], minuteMs);
      const of = { eventId, target: "erp", attempts: 0, timeUnixMs: minuteMs, problem: "status 410" };
      await settleDelivery(database, { ...of, state: "DEAD" });
    },
  },
  "countings that differ": {
    metric: "OpenDifferences",
    arise: async () => {
      const atMs = minuteMs - 3 * HOUR_MS;
      await usage.ingest(receivedAt([batchOf("n/0/a", 1, [{ atMs }])], atMs));
      await database.query("UPDATE usage_units SET units = units + 1 WHERE meter = 'rest.request'");
      await reconcile(database, { nowMs: minuteMs, silentBeforeUnixMs: 0 });
    },
  },
};

it.each(Object.entries(conditions))(
  "%s puts an alarm of it into ALARM, whose action is done",
  async (_what, { metric, arise }) => {
    const account = new AccountState(ACCOUNT);
    const put = (kind: Kind, id: string, spec: object) =>
      account.set(draftEntity({ kind, apiId: "", id, labels: {}, spec } as Entity));
    put("NotificationTarget", "oncall", { kafka: { topic: "oncall" } });
    const alarm = {
      namespace: "Tollgate/Metering",
      metricName: metric,
      statistic: "Maximum",
      period: 60,
      evaluationPeriods: 1,
      threshold: 0,
      comparisonOperator: "GreaterThanThreshold",
      treatMissingData: "notBreaching",
      alarmActions: ["arn:aws:tollgate:us-east-1:000000000000:notification-target/oncall"],
    };
    put("Alarm", "of-metering", kinds.Alarm.spec.parse(alarm));
    const records = scope.use(connectAlarms({ address }));
    const reader = connectMetrics({ address });
    const mirror = { accounts: new Map([[ACCOUNT, account]]), account: () => account };
    const evaluator = new AlarmEvaluator({
      mirror,
      records,
      metrics: reader,
      region: "us-east-1",
      plane: "one",
      nowMs,
      logger,
    });
    const sent: string[] = [];
    const delivery = new AlarmDelivery({
      mirror,
      records,
      upstreams: undefined as never,
      mail: { server: undefined, from: undefined, allowsClear: false },
      sendToTopic: async (topic, _key, value) => void sent.push(`${topic} ${value}`),
      ownTopics: new Set(),
      nowMs,
      logger,
    });
    /** The state of the alarm after the next minute. */
    const nextState = async () => {
      minuteMs += MINUTE_MS;
      await database.transaction(async (session) =>
        metrics.write(session, await readOwnSamples(session, { nowMs: minuteMs, silentBeforeUnixMs: 0 })),
      );
      await evaluator.run();
      await delivery.run();
      const [row] = await database.query("SELECT state FROM alarm_records");
      return row?.["state"];
    };
    expect(await nextState()).toBe("OK");
    expect(sent).toEqual([]);
    await arise();
    expect(await nextState()).toBe("ALARM");
    expect(sent).toEqual([expect.stringMatching(/^oncall .*"NewStateValue":"ALARM"/)]);
    reader[Symbol.dispose]();
  },
);
