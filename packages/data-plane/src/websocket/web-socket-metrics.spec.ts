import { expect, it } from "vitest";
import { FUNCTION_URI, lambda, WebSocketRunner } from "@tollgate/pipeline/kit";
import { WebSocketMetrics } from "./web-socket-metrics.ts";

it("metrics of a WebSocket API are those of AWS, by stage, and by route where that is asked for", async () => {
  const metrics = new WebSocketMetrics();
  const integration = { integrationType: "AWS_PROXY", integrationUri: FUNCTION_URI };
  const runner = new WebSocketRunner(
    {
      routes: { $connect: { integration }, join: { integration } },
      stage: { routeSettings: { join: { detailedMetricsEnabled: true } } },
    },
    {
      ports: { observers: [metrics.factory] },
      upstream: lambda(({ body }: { body?: string }) => {
        if (body?.includes("throw")) throw new Error("thrown");
        return { statusCode: 200 };
      }),
    },
  );
  const { send } = await runner.connect();
  await send('{"action":"join"}');
  await send('{"action":"join","throw":true}');
  await send("nowhere");
  const read = Object.fromEntries(
    metrics.read().map(({ name, attributes, value }) => [`${name} ${attributes.Route ?? ""}`.trim(), value]),
  );
  expect(read).toEqual({
    ConnectCount: 1,
    // In both directions: three messages, and two that say what went wrong.
    MessageCount: 5,
    ClientError: 1,
    IntegrationError: 0,
    ExecutionError: 1,
    "ConnectCount join": 0,
    "MessageCount join": 3,
    "ClientError join": 0,
    "IntegrationError join": 0,
    "ExecutionError join": 1,
  });
});
