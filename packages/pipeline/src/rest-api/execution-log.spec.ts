import { expect, it } from "vitest";
import { ExecutionLog, headersText } from "../call/execution-log.ts";
import { nullPorts } from "../engine/ports.ts";
import { callOf, FUNCTION_ARN, FUNCTION_URI, lambda, restRoute } from "../kit/index.ts";
import { keptInCalls, noLogs } from "../logs/log-sink.ts";

const GOOD = '{"statusCode": 200}';
const BAD = "none";

/** The log that is written of a call whose request template is `request`; undefined: none is. */
async function logAt(
  loggingLevel: string,
  request: string,
  { dataTraceEnabled = false, apiKeyRequired = false, isThrottled = false } = {},
): Promise<readonly string[] | undefined> {
  const requestTemplates = { "application/json": request };
  const integration = { type: "MOCK", requestTemplates, integrationResponses: { "200": {} } };
  const stage = { methodSettings: { "*/*": { loggingLevel, dataTraceEnabled } } };
  const written: string[] = [];
  await callOf(
    restRoute("GET /a", { integration, apiKeyRequired }, { stage }),
    { path: "/a", headers: { "X-Api-Key": "secret-key-123456" } },
    {
      ports: {
        directory: {
          ...nullPorts.directory,
          apiKey: () => ({ id: "k", enabled: true, usagePlanIds: ["p"], quotaGrants: {} }),
        },
        usagePlan: (accountId) => ({
          accountId,
          id: "p",
          apiStages: [{ apiId: "api123", stage: "test", throttle: {} }],
          throttle: { rateLimit: 1, burstLimit: 1 },
          quota: undefined,
        }),
        limiter: { ...nullPorts.limiter, take: () => (isThrottled ? 1 : 0) },
        logs: {
          open: () => (_unixMs, message) => void written.push(message.replace(/^\([0-9a-f-]{36}\) /, "")),
        },
      },
    },
  );
  return written.length === 0 ? undefined : written;
}

it.each([
  ["OFF", GOOD, false],
  ["OFF", BAD, false],
  ["ERROR", GOOD, false],
  ["ERROR", BAD, true],
  ["INFO", GOOD, true],
  ["INFO", BAD, true],
])("%s with the template %s: a log is written: %s", async (level, request, isWritten) => {
  expect((await logAt(level, request)) !== undefined).toBe(isWritten);
});

it.each([
  [keptInCalls, true],
  [noLogs, false],
])("is kept of a call only where somebody wants it", async (logs, isKept) => {
  const integration = { type: "MOCK", integrationResponses: { "200": {} } };
  const stage = { methodSettings: { "*/*": { loggingLevel: "INFO" } } };
  const { call } = await callOf(restRoute("GET /a", { integration }, { stage }), "GET /a", {
    ports: { logs },
  });
  expect(call.log !== undefined).toBe(isKept);
});

it("says why a call failed", async () => {
  expect(await logAt("ERROR", BAD)).toContain(
    "Execution failed due to configuration error: Unable to parse statusCode. It should be an integer that is defined in the request template.",
  );
});

it("shows headers and bodies with data trace only, and keys never whole", async () => {
  const plain = (await logAt("INFO", GOOD))?.join("\n") ?? "";
  expect(plain).not.toContain("Method request headers");
  const traced = (await logAt("INFO", GOOD, { dataTraceEnabled: true }))?.join("\n") ?? "";
  expect(traced).toContain("X-Api-Key=********************123456");
  expect(traced).not.toContain("secret-key");
});

it("shows a key and its plan, and the key never whole", async () => {
  const key = `${"*".repeat(30)}123456`;
  const allowed = (await logAt("INFO", GOOD, { apiKeyRequired: true })) ?? [];
  expect(allowed.find((line) => line.startsWith("Verifying"))).toMatch(
    /^Verifying Usage Plan for request: [0-9a-f-]{36}\. API Key: \*+123456 API Stage: api123\/test$/,
  );
  expect(allowed).toContain(`Usage Plan check succeeded for API Key ${key} and API Stage api123/test`);
  const refused = await logAt("ERROR", GOOD, { apiKeyRequired: true, isThrottled: true });
  expect(refused).toContain(
    `Usage Plan check failed for API Key ${key} and API Stage api123/test: Too Many Requests`,
  );
  expect(refused).toContain("Gateway response type: THROTTLED with status code: 429");
});

it("has a call of a function line by line as AWS, which names no endpoint of the operator's", async () => {
  const written: string[] = [];
  const integration = { type: "AWS_PROXY", httpMethod: "POST", uri: FUNCTION_URI };
  const stage = { methodSettings: { "*/*": { loggingLevel: "INFO", dataTraceEnabled: true } } };
  await callOf(
    restRoute("POST /a/{id}", { integration }, { stage }),
    { method: "POST", path: "/a/7?q=1", body: "hi" },
    {
      upstream: lambda(() => ({ statusCode: 200, body: "done" })),
      ports: {
        logs: {
          open: () => (_unixMs, message) => void written.push(message.replace(/^\([0-9a-f-]{36}\) /, "")),
        },
      },
    },
  );
  const uri = `https://lambda.us-east-1.amazonaws.com/2015-03-31/functions/${FUNCTION_ARN}/invocations`;
  expect(written.slice(-17)).toEqual([
    expect.stringMatching(/^Starting execution for request: [0-9a-f-]{36}$/),
    "HTTP Method: POST, Resource Path: /a/7",
    "Method request path: {id=7}",
    "Method request query string: {q=1}",
    expect.stringMatching(/^Method request headers: \{/),
    "Method request body before transformations: hi",
    `Endpoint request URI: ${uri}`,
    expect.stringMatching(/^Endpoint request headers: \{Content-Type=application\/json, /),
    expect.stringMatching(/^Endpoint request body after transformations: \{"resource":"\/a\/\{id\}"/),
    `Sending request to ${uri}`,
    expect.stringMatching(/^Received response. Status: 200, Integration latency: \d+ ms$/),
    expect.stringMatching(/^Endpoint response headers: \{/),
    'Endpoint response body before transformations: {"statusCode":200,"body":"done"}',
    "Method response body after transformations: done",
    expect.stringMatching(/^Method response headers: \{/),
    "Successfully completed execution",
    "Method completed with status: 200",
  ]);
  expect(written.join("\n")).not.toContain("lambda.us-east-1.example");
});

it("writes the lines of errors only at ERROR", async () => {
  expect(await logAt("ERROR", BAD)).toEqual([
    "Execution failed due to configuration error: Unable to parse statusCode. It should be an integer that is defined in the request template.",
    "Gateway response type: DEFAULT_5XX with status code: 500",
  ]);
});

it("hides secrets by name and by value, also in JSON, and where a line is cut", () => {
  const log = new ExecutionLog(true);
  const headers = [
    "Authorization",
    'Bearer planted-"token"-1234567',
    "Cookie",
    "sid=planted-cookie-987654; x=1",
  ];
  log.hideHeaders(headers);
  log.hide("planted-api-key-555555");
  log.add(`Method request headers: ${headersText([...headers, "Set-Cookie", "sid=planted-new-cookie"])}`);
  log.add(
    JSON.stringify({ headers: { Authorization: headers[1] }, key: "planted-api-key-555555", c: headers[3] }),
  );
  log.add(`${"x".repeat(1010)}planted-api-key-555555`);
  log.fail('token planted-"token"-1234567');
  expect([...log.lines, ...log.errors].join("\n")).not.toContain("planted");
  expect(log.errors).toEqual([`token ${"*".repeat(20)}234567`]);
});

it("searches no more of a text than an event can show, and cuts what may be the begin of a secret", () => {
  const log = new ExecutionLog(true);
  log.hide("planted-api-key-555555");
  log.add(`{"password":"${"a".repeat(65_510)}","n":1,"c":"planted-api-key-555555 and more"}`);
  log.add(`${"planted-api-key-555555 ".repeat(100_000)}`);
  expect(log.lines.join("\n")).not.toContain("planted");
  expect(log.lines[0]).toMatch(/ \[TRUNCATED\]$/);
  expect(log.lines[1]).toHaveLength(1024 + " [TRUNCATED]".length);
});

it("cuts an event at 1,024 bytes", () => {
  const log = new ExecutionLog(true);
  log.add("x".repeat(1024));
  log.add("x".repeat(1025));
  expect(log.lines[0]).toHaveLength(1024);
  expect(log.lines[1]).toBe(`${"x".repeat(1024)} [TRUNCATED]`);
  log.add(`${"x".repeat(1023)}é`);
  expect(log.lines[2]).toBe(`${"x".repeat(1023)} [TRUNCATED]`);
});
