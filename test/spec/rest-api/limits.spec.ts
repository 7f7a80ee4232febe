import { describe, expect, it } from "vitest";
import { mock } from "../../kit/rest-api.ts";
import { useGateway } from "../../kit/use.ts";

const gateway = useGateway();

/** A call by the API's own host whose URL has so many bytes. */
const withUrl = (api: string, bytes: number) =>
  gateway.call(`/prod/a?${"q".repeat(bytes - "/prod/a?".length)}`, { host: `${api}.execute-api.local` });

/** A call whose headers have so many bytes, names and values together. */
function withHeaders(api: string, bytes: number) {
  const host = `${api}.execute-api.local`;
  const fixed = `Host${host}Connectionclose`.length;
  const padding: string[] = [];
  let left = bytes - fixed;
  for (let i = 0; left > 0; i++) {
    const size = Math.min(left, 1000);
    const value = left - size < 20 && left - size > 0 ? size - 20 : size;
    const name = `X-${String(i).padStart(2, "0")}`;
    padding.push(name, "v".repeat(value - name.length));
    left -= value;
  }
  return gateway.call("/prod/a", { headers: ["Host", host, ...padding] });
}

describe("size limits seen by clients (rest §15)", () => {
  it.each([
    { endpoint: "REGIONAL", bytes: 10_239, status: 200 },
    { endpoint: "REGIONAL", bytes: 10_240, status: 200 },
    { endpoint: "REGIONAL", bytes: 10_241, status: 414 },
    { endpoint: "EDGE", bytes: 8_191, status: 200 },
    { endpoint: "EDGE", bytes: 8_192, status: 200 },
    { endpoint: "EDGE", bytes: 8_193, status: 414 },
  ])("a URL of $bytes bytes of an $endpoint API: $status", async ({ endpoint, bytes, status }) => {
    const api = await gateway.deploy(
      { "GET /a": mock("ok") },
      { api: { endpointConfiguration: { types: [endpoint] } } },
    );
    const reply = await withUrl(api, bytes);
    expect(reply.status).toBe(status);
    if (status === 414) expect(reply.body).toBe('{"message":"Request URI too long"}');
  });

  it.each([
    { bytes: 10_239, status: 200 },
    { bytes: 10_240, status: 200 },
    { bytes: 10_241, status: 431 },
  ])("headers of $bytes bytes: $status", async ({ bytes, status }) => {
    const api = await gateway.deploy({ "GET /a": mock("ok") });
    const reply = await withHeaders(api, bytes);
    expect(reply.status).toBe(status);
    if (status === 431) expect(reply.body).toBe('{"message":"Request Header Fields Too Large"}');
  });

  it("a plain pipe in a query string is accepted unchanged", async () => {
    const api = await gateway.deploy({ "GET /a": mock("$input.params('a')") });
    expect((await gateway.invoke(api, "/a?a=1|2")).body).toBe("1|2");
  });

  it("; separates query parameters like &", async () => {
    const api = await gateway.deploy({ "GET /a": mock("$input.params('a') $input.params('b')") });
    expect((await gateway.invoke(api, "/a?a=1;b=2")).body).toBe("1 2");
  });
});

describe("limits of the configuration", () => {
  const integration = (timeoutInMillis: number) => ({
    integration: { type: "HTTP_PROXY", uri: "http://127.0.0.1:1", timeoutInMillis },
  });
  it.each([
    { what: "a timeout of 49 ms", method: integration(49), problem: /timeoutInMillis/ },
    { what: "a timeout of 50 ms", method: integration(50), problem: undefined },
    { what: "a timeout of 29,000 ms", method: integration(29_000), problem: undefined },
    { what: "a timeout of 29,001 ms", method: integration(29_001), problem: /timeoutInMillis/ },
  ])("$what", async ({ method, problem }) => {
    const deployed = gateway.deploy({ "GET /a": method });
    if (problem) await expect(deployed).rejects.toThrow(problem);
    else await deployed;
  });

  const variables = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`v${i}`, "x"]));
  it.each([
    { what: "100 stage variables", stage: { variables: variables(100) }, problem: undefined },
    { what: "101 stage variables", stage: { variables: variables(101) }, problem: /at most 100/ },
    {
      what: "a stage variable of 512 characters",
      stage: { variables: { v: "x".repeat(512) } },
      problem: undefined,
    },
    {
      what: "a stage variable of 513 characters",
      stage: { variables: { v: "x".repeat(513) } },
      problem: /variables\.v/,
    },
    { what: "a name of 64 characters", stage: { variables: { ["n".repeat(64)]: "x" } }, problem: undefined },
    { what: "a name of 65 characters", stage: { variables: { ["n".repeat(65)]: "x" } }, problem: /1 to 64/ },
  ])("$what", async ({ stage, problem }) => {
    const deployed = gateway.deploy({ "GET /a": mock("x") }, { stage });
    if (problem) await expect(deployed).rejects.toThrow(problem);
    else await deployed;
  });

  it.each([
    { size: 10_485_760, problem: undefined },
    { size: 10_485_761, problem: /minimumCompressionSize/ },
    { size: -1, problem: /minimumCompressionSize/ },
  ])("minimumCompressionSize $size", async ({ size, problem }) => {
    const deployed = gateway.deploy({ "GET /a": mock("x") }, { api: { minimumCompressionSize: size } });
    if (problem) await expect(deployed).rejects.toThrow(problem);
    else await deployed;
  });
});
