import { expect, it } from "vitest";
import { listSets, MetricStore } from "@tollgate/metric-store";
import { addService, createClient } from "@tollgate/proto/grpc";
import { startGrpcServer } from "@tollgate/proto/grpc-server";
import { MetricsService } from "@tollgate/proto/metrics";
import { createLogger } from "@tollgate/telemetry";
import { migrate } from "../usage-store/migrate.ts";
import { openSqlite } from "../usage-store/sqlite.ts";
import { createMetricsService } from "./metrics-service.ts";

it("values that there is no room for are refused, with all that were put with them", async () => {
  await using database = openSqlite(":memory:");
  await migrate(database);
  const metrics = new MetricStore({ setsMax: 2, nowMs: Date.now });
  let refused = 0;
  const logger = createLogger("spec", "silent");
  const onWritten = (report: { refused: number }) => void (refused += report.refused);
  await using server = await startGrpcServer({
    host: "127.0.0.1",
    port: 0,
    tokens: undefined,
    tls: undefined,
    services: [MetricsService],
    register: (registry) =>
      addService(
        registry,
        MetricsService,
        createMetricsService({ database, metrics, nowMs: Date.now, onWritten, logger }),
      ),
  });
  const client = createClient(MetricsService, {
    address: `127.0.0.1:${server.port}`,
    token: undefined,
    tls: undefined,
  });
  const put = (...values: readonly string[]) =>
    client.putMetricData({
      accountId: "0",
      namespace: "Shop",
      data: values.map((value) => ({
        metricName: "Orders",
        unit: "None",
        unixS: BigInt(Math.floor(Date.now() / 1000)),
        dimensions: [{ name: "Shop", value }],
        values: [1],
        counts: [1],
      })),
    });
  const sets = async () => (await listSets(database, { accountId: "0", seenFromUnixS: 0 })).length;
  await put("a");
  await expect(put("a", "b", "c")).rejects.toThrow("as many combinations of dimensions as it may have");
  expect([await sets(), refused]).toEqual([1, 1]);
  await put("a", "b");
  expect(await sets()).toBe(2);
  client.close();
});
