import { Readable } from "node:stream";
import { kinds, type StageManifest } from "@tollgate/config";
import { expect, it } from "vitest";
import { Call } from "../call/call.ts";
import { compileRestStage } from "./compile.ts";
import { ExecutionLog } from "../call/execution-log.ts";
import { nullPorts } from "../engine/ports.ts";
import type { Exchange } from "../call/exchange.ts";
import { run } from "../engine/run.ts";

const mock = (request: string) => ({
  integration: {
    type: "MOCK",
    requestTemplates: { "application/json": request },
    integrationResponses: { "200": {} },
  },
});

/** Calls GET /good and GET /bad of a stage that logs at a level; returns the log of each, if it was written. */
async function logsAt(
  loggingLevel: string,
  dataTraceEnabled = false,
  { apiKeyRequired = false, isThrottled = false } = {},
): Promise<Record<string, readonly string[] | undefined>> {
  const spec = (path: string, request: string) =>
    kinds.Resource.spec.parse({ path, methods: { GET: { ...mock(request), apiKeyRequired } } });
  const manifest: StageManifest = {
    accountId: "0",
    apiId: "api",
    stageName: "s",
    deploymentId: "d",
    restApi: kinds.RestApi.spec.parse({ name: "n" }),
    stage: kinds.Stage.spec.parse({
      deploymentId: "d",
      methodSettings: { "*/*": { loggingLevel, dataTraceEnabled } },
    }),
    chunks: ["c"],
    definitions: [],
    canary: undefined,
  };
  const written: Record<string, readonly string[] | undefined> = {};
  const entities = [
    { kind: "Resource", id: "g", spec: spec("/good", '{"statusCode": 200}') },
    { kind: "Resource", id: "b", spec: spec("/bad", "none") },
  ] as const;
  const outcome = await compileRestStage({
    manifest,
    chunk: (digest) => ({ digest, entities }),
    account: undefined,
    ports: {
      ...nullPorts,
      directory: {
        ...nullPorts.directory,
        apiKey: () => ({ id: "k", enabled: true, usagePlanIds: ["p"], quotaGrants: {} }),
      },
      usagePlan: () => ({
        accountId: "0",
        id: "p",
        apiStages: [{ apiId: "api", stage: "s", throttle: {} }],
        throttle: { rateLimit: 1, burstLimit: 1 },
        quota: undefined,
      }),
      limiter: { ...nullPorts.limiter, take: () => !isThrottled },
      writeExecutionLog: (call, lines) => void (written[call.path] = [...lines]),
    },
    previous: undefined,
  });
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.problems));
  for (const path of ["/good", "/bad"]) {
    const exchange = { reply: () => undefined, body: Readable.from([]) } as unknown as Exchange;
    const init = {
      method: "GET",
      url: `/s${path}`,
      headers: ["Host", "x", "X-Api-Key", "secret-key-123456"],
      exchange,
    };
    const call = new Call({
      ...init,
      sourceIp: "1",
      protocol: "HTTP/1.1",
      scheme: "http",
      port: 1,
      nowMs: 0,
      unixMs: 0,
    });
    const match = outcome.stage.routes.match(path, "GET");
    if (!match) throw new Error("no route");
    Object.assign(call, { stage: outcome.stage, route: match.value, path });
    await run(call, match.value, (error) => {
      throw error;
    });
    for (const observe of match.value.observers) observe(call);
  }
  return written;
}

it("OFF writes nothing, ERROR what failed, INFO everything", async () => {
  expect(await logsAt("OFF")).toEqual({});
  const errors = await logsAt("ERROR");
  expect(Object.keys(errors)).toEqual(["/bad"]);
  expect(errors["/bad"]).toContain(
    "Execution failed due to configuration error: Unable to parse statusCode. It should be an integer that is defined in the request template.",
  );
  expect(Object.keys(await logsAt("INFO"))).toEqual(["/good", "/bad"]);
});

it("headers and bodies are shown with data trace only, keys never whole", async () => {
  const plain = (await logsAt("INFO"))["/good"]?.join("\n") ?? "";
  expect(plain).not.toContain("Method request headers");
  const traced = (await logsAt("INFO", true))["/good"]?.join("\n") ?? "";
  expect(traced).toContain("X-Api-Key=********************123456");
  expect(traced).not.toContain("secret-key");
});

it("a key and its plan are told, the key never whole", async () => {
  const key = `${"*".repeat(30)}123456`;
  const let_ = (await logsAt("INFO", false, { apiKeyRequired: true }))["/good"] ?? [];
  expect(let_.find((line) => line.startsWith("Verifying"))).toMatch(
    /^Verifying Usage Plan for request: [0-9a-f-]{36}\. API Key: \*+123456 API Stage: api\/s$/,
  );
  expect(let_).toContain(`Usage Plan check succeeded for API Key ${key} and API Stage api/s`);
  const refused = (await logsAt("ERROR", false, { apiKeyRequired: true, isThrottled: true }))["/good"];
  expect(refused).toContain(
    `Usage Plan check failed for API Key ${key} and API Stage api/s: Too Many Requests`,
  );
  expect(refused).toContain("Gateway response type: THROTTLED with status code: 429");
});

it("an event is cut at 1,024 bytes", () => {
  const log = new ExecutionLog(true);
  log.add("x".repeat(1024));
  log.add("x".repeat(1025));
  expect(log.lines[0]).toHaveLength(1024);
  expect(log.lines[1]).toBe(`${"x".repeat(1024)} [TRUNCATED]`);
});
