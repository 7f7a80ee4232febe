import { expect, it } from "vitest";
import { ExecutionLog } from "../call/execution-log.ts";
import { nullPorts } from "../engine/ports.ts";
import { callOf, FUNCTION_ARN, FUNCTION_URI, lambda, restRoute } from "../kit/index.ts";

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
  let written: readonly string[] | undefined;
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
        writeExecutionLog: (_call, lines) => void (written = [...lines]),
      },
    },
  );
  return written;
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
  let written: readonly string[] = [];
  const integration = { type: "AWS_PROXY", httpMethod: "POST", uri: FUNCTION_URI };
  const stage = { methodSettings: { "*/*": { loggingLevel: "INFO", dataTraceEnabled: true } } };
  await callOf(
    restRoute("POST /a/{id}", { integration }, { stage }),
    { method: "POST", path: "/a/7?q=1", body: "hi" },
    {
      upstream: lambda(() => ({ statusCode: 200, body: "done" })),
      ports: { writeExecutionLog: (_call, lines) => void (written = [...lines]) },
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

it("cuts an event at 1,024 bytes", () => {
  const log = new ExecutionLog(true);
  log.add("x".repeat(1024));
  log.add("x".repeat(1025));
  expect(log.lines[0]).toHaveLength(1024);
  expect(log.lines[1]).toBe(`${"x".repeat(1024)} [TRUNCATED]`);
});
