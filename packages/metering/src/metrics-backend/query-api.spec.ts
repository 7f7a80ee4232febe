import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { SettingsError } from "@tollgate/telemetry";
import { readSettings } from "../settings.ts";
import { connectQueryApi } from "./query-api.ts";

const RANGE = { startUnixS: 60, endUnixS: 120, stepS: 60 };

async function backend(respond: RequestListener) {
  const server = createServer(respond);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

const apiOf = (url: string, more: NodeJS.ProcessEnv = {}) => {
  const { metricsBackend } = readSettings({
    TOLLGATE_METRICS_URL: url,
    TOLLGATE_METRICS_TIMEOUT_SECONDS: "1",
    TOLLGATE_AUTH: "none",
    ...more,
  });
  if (!metricsBackend) throw new Error("there is no backend");
  return connectQueryApi(metricsBackend);
};

describe("the metrics backend", () => {
  it("is asked with its credentials and headers, and reads what Prometheus returns", async () => {
    const asked: unknown[] = [];
    await using server = await backend(async ({ url, headers }, response) => {
      asked.push([url, headers.authorization, headers["x-scope-orgid"]]);
      const result = [
        {
          metric: { __name__: "Count_total" },
          values: [
            [60, "1"],
            [120, "+Inf"],
          ],
        },
      ];
      response.end(JSON.stringify({ status: "success", data: { resultType: "matrix", result } }));
    });
    const api = apiOf(`http://us%20er:p%40ss@127.0.0.1:${server.port}/prometheus/`, {
      TOLLGATE_METRICS_HEADERS: "X-Scope-OrgID=team%20a",
    });
    expect(await api.range("x", RANGE)).toEqual([
      {
        labels: { __name__: "Count_total" },
        samples: [
          [60, 1],
          [120, Number.NaN],
        ],
      },
    ]);
    const basic = `Basic ${Buffer.from("us er:p@ss").toString("base64")}`;
    expect(asked).toEqual([["/prometheus/api/v1/query_range", basic, "team a"]]);
  });

  it.each<[string, RequestListener, string, string]>([
    [
      "refuses a user",
      (_, response) => response.writeHead(401).end("who are you?\n"),
      "BackendFailed",
      "responded to query_range with 401: who are you?",
    ],
    [
      "says that a query is wrong",
      (_, response) =>
        response.writeHead(400).end('{"status":"error","errorType":"bad_data","error":"parse error"}'),
      "BackendFailed",
      "responded to query_range with 400: parse error",
    ],
    [
      "says that a query is too much",
      (_, response) => response.writeHead(422).end('{"status":"error","error":"too many samples"}'),
      "BackendRefused",
      "refused the query with 422: too many samples",
    ],
    [
      "fails",
      (_, response) => response.writeHead(503).end(),
      "BackendFailed",
      "responded to query_range with 503",
    ],
    [
      "leads elsewhere, where credentials must not be sent",
      (_, response) => response.writeHead(302, { location: "http://127.0.0.1:1/" }).end(),
      "BackendFailed",
      "responded to query_range with 302",
    ],
    [
      "is something else",
      (_, response) => response.end("<html>"),
      "BackendFailed",
      "did not respond as Prometheus does: is TOLLGATE_METRICS_URL the URL under which /api/v1/query_range is?",
    ],
    ...[
      undefined,
      {},
      { result: {} },
      { result: [{ metric: { a: "b" }, value: [1, "1"] }] },
      { result: [{ metric: { a: 1 }, values: [] }] },
      { result: [{ metric: {}, values: [["1", 1]] }] },
    ].map((data): [string, RequestListener, string, string] => [
      `has ${JSON.stringify(data)} for data`,
      (_, response) => response.end(JSON.stringify({ status: "success", data })),
      "BackendFailed",
      "did not respond as Prometheus does",
    ]),
    [
      "has only a part of the data, as VictoriaMetrics says it",
      (_, response) => response.end('{"status":"success","isPartial":true,"data":{"result":[]}}'),
      "BackendFailed",
      "responded to query_range with a part of the data",
    ],
    [
      "has only a part of the data, as Thanos says it",
      (_, response) => response.end('{"status":"success","warnings":["no store"],"data":{"result":[]}}'),
      "BackendFailed",
      "responded to query_range with a part of the data: no store",
    ],
    ["says nothing", () => undefined, "BackendFailed", "did not respond within 1 s"],
    [
      "ends in the middle",
      (_, response) => {
        response.writeHead(200, { "content-length": "100" });
        response.write("{", () => response.destroy());
      },
      "BackendFailed",
      "cannot be reached: ",
    ],
  ])("that %s is reported", async (_, respond, type, message) => {
    await using server = await backend(respond);
    const failed = await apiOf(`http://user:secret@127.0.0.1:${server.port}`)
      .range("x", RANGE)
      .catch((error: unknown) => error as Error);
    expect(failed).toMatchObject({
      message: expect.stringContaining(`the metrics backend at http://127.0.0.1:${server.port} ${message}`),
    });
    expect([failed.constructor.name, String(failed)]).toEqual([type, expect.not.stringContaining("secret")]);
  });

  it("that is not there is reported", async () => {
    const server = await backend(() => undefined);
    await server[Symbol.asyncDispose]();
    await expect(apiOf(`http://127.0.0.1:${server.port}`).range("x", RANGE)).rejects.toThrow(
      "cannot be reached: ECONNREFUSED",
    );
  });
});

describe("settings of the metrics backend", () => {
  it.each<[string, string, string]>([
    [
      "TOLLGATE_METRICS_URL",
      "secret@host:9090",
      "must be an http or https URL of a Prometheus-compatible backend",
    ],
    ["TOLLGATE_METRICS_URL", "http://p/api?query=x", "without a query"],
    ["TOLLGATE_METRICS_HEADERS", "secret", "must be name=value"],
    ["TOLLGATE_METRICS_HEADERS", "a=%0Ab=c", "must be name=value"],
    ["TOLLGATE_METRICS_SERIES", "namespace=gateway", "must be label matchers of PromQL"],
    ["TOLLGATE_METRICS_SERIES", 'a="b"} or up{', "must be label matchers of PromQL"],
    ["TOLLGATE_METRICS_TIMEOUT_SECONDS", "60", "must be a whole number from 1 to 25"],
  ])("%s=%s is refused", (name, value, message) => {
    const read = () => readSettings({ [name]: value, TOLLGATE_AUTH: "none" });
    expect(read).toThrow(SettingsError);
    expect(read).toThrow(`${name} `);
    expect(read).toThrow(message);
    if (/URL|HEADERS/.test(name)) expect(read).not.toThrow(value);
  });
});
