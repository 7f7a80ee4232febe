import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type FunctionsHost, startFunctionsHost } from "@tollgate/functions";
import { createLogger } from "@tollgate/telemetry";

const fixture = (name: string) => fileURLToPath(new URL(`../../fixtures/functions/${name}`, import.meta.url));
let host: FunctionsHost;
beforeAll(async () => {
  host = await startFunctionsHost({
    host: "127.0.0.1",
    port: 0,
    logger: createLogger("functions", "silent"),
    functions: [
      { name: "esm", file: fixture("shapes.mjs") },
      { name: "cjs", file: fixture("callback.cjs") },
      { name: "sleepy", file: fixture("odd.mjs"), handler: "sleepy", timeoutMs: 100 },
      { name: "failing", file: fixture("odd.mjs"), handler: "failing" },
      { name: "leaving", file: fixture("odd.mjs"), handler: "leaving" },
      { name: "counting", file: fixture("odd.mjs"), handler: "counting" },
      { name: "nothing", file: fixture("odd.mjs"), handler: "nothing" },
    ],
  });
});
afterAll(() => host[Symbol.asyncDispose]());

const invoke = async (name: string, body = "{}", headers: Record<string, string> = {}) => {
  const response = await fetch(
    `http://127.0.0.1:${host.port}/2015-03-31/functions/${encodeURIComponent(name)}/invocations`,
    { method: "POST", body, headers },
  );
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: () => JSON.parse(text) as Record<string, unknown>,
  };
};

describe("the Invoke API", () => {
  it("runs ESM and CJS handlers, promises and callbacks", async () => {
    expect((await invoke("esm", '{"a":1}')).json()).toEqual({ statusCode: 200, body: '{"a":1}' });
    expect((await invoke("cjs", '{"a":1}')).json()).toEqual({
      name: "cjs",
      remaining: true,
      event: { a: 1 },
    });
  });

  it("accepts a name, a partial ARN and a full ARN, with or without a qualifier", async () => {
    for (const name of [
      "esm",
      "000000000000:function:esm",
      "arn:aws:lambda:us-east-1:000000000000:function:esm",
      "arn:aws:lambda:us-east-1:000000000000:function:esm:live",
    ])
      expect((await invoke(name)).status).toBe(200);
  });

  it("reports what a handler threw with errorType, errorMessage and trace", async () => {
    const { status, headers, json } = await invoke("failing");
    expect([status, headers.get("x-amz-function-error")]).toEqual([200, "Unhandled"]);
    expect(json()).toMatchObject({ errorType: "RangeError", errorMessage: "no such range" });
    expect((json().trace as string[])[0]).toBe("RangeError: no such range");
  });

  it("ends what runs longer than its timeout, and the next invocation works", async () => {
    const { headers, json } = await invoke("sleepy");
    expect(headers.get("x-amz-function-error")).toBe("Unhandled");
    expect(json()).toMatchObject({
      errorType: "Sandbox.Timedout",
      errorMessage: expect.stringMatching(/Task timed out after 0\.\d+ seconds/) as string,
    });
    expect((await invoke("esm")).status).toBe(200);
  });

  it("survives a handler that leaves, and one that is not exported", async () => {
    expect((await invoke("leaving")).json()).toMatchObject({ errorType: "Runtime.ExitError" });
    expect((await invoke("nothing")).json()).toMatchObject({ errorType: "Runtime.HandlerNotFound" });
  });

  it("keeps an execution environment for the next invocation", async () => {
    const counts = [];
    for (let i = 0; i < 3; i++) counts.push(Number((await invoke("counting")).text));
    expect(counts).toEqual([1, 2, 3]);
  });

  it("returns the tail of the log on request", async () => {
    const { headers } = await invoke("cjs", '{"b":2}', { "X-Amz-Log-Type": "Tail" });
    const log = Buffer.from(headers.get("x-amz-log-result") ?? "", "base64").toString();
    expect(log).toMatch(
      /^START RequestId: .*\n.*\tINFO\tcalled with \{ b: 2 \}\nEND RequestId: .*\nREPORT RequestId: .*Duration: [\d.]+ ms/,
    );
    expect(headers.get("x-amz-executed-version")).toBe("$LATEST");
  });

  it("responds to asynchronous invocations and dry runs at once", async () => {
    expect((await invoke("esm", "{}", { "X-Amz-Invocation-Type": "Event" })).status).toBe(202);
    expect((await invoke("esm", "{}", { "X-Amz-Invocation-Type": "DryRun" })).status).toBe(204);
  });

  it("refuses an unknown function, a body that is not JSON, and one that is too large", async () => {
    const unknown = await invoke("nosuch");
    expect([unknown.status, unknown.headers.get("x-amzn-errortype")]).toEqual([
      404,
      "ResourceNotFoundException",
    ]);
    expect((await invoke("esm", "{")).headers.get("x-amzn-errortype")).toBe("InvalidRequestContentException");
    expect((await invoke("esm", JSON.stringify("x".repeat(7 * 1024 * 1024)))).status).toBe(413);
  });
});
