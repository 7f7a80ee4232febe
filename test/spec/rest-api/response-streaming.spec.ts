import { request as httpRequest } from "node:http";
import { beforeAll, describe, expect, it } from "vitest";
import { functionUri } from "../../kit/functions.ts";
import { startHttpUpstream } from "../../kit/upstream.ts";
import { useGateway } from "../../kit/use.ts";

const gateway = useGateway({ functions: ["streaming", "shapes"] });
let api: string;

const streamingUri = (name: string) =>
  functionUri(name)
    .replace("2015-03-31", "2021-11-15")
    .replace(/invocations$/, "response-streaming-invocations");
const streamed = (name: string, more: object = {}) => ({
  integration: { type: "AWS_PROXY", uri: streamingUri(name), responseTransferMode: "STREAM", ...more },
});

beforeAll(async () => {
  api = await gateway.deploy({
    "ANY /stream": streamed("streaming"),
    "GET /whole": streamed("shapes"),
    "GET /nobody": streamed("nobody"),
  });
});

describe("functions that stream their responses (AWS: response streaming of REST APIs)", () => {
  it("say status, headers and cookies first, and the body as it comes", async () => {
    const reply = await gateway.invoke(api, "/stream?mode=pieces", { method: "POST", body: "hello" });
    expect(reply.status).toBe(201);
    expect(reply.headers).toMatchObject({
      "content-type": "text/event-stream",
      "x-one": "1",
      "set-cookie": ["a=1", "b=2"],
    });
    expect(reply.headers["x-amzn-requestid"]).toBeDefined();
    expect(reply.body).toBe('first;{"path":"/stream","body":"hello"}');
  });

  /** The body of a function that goes on once its first piece has arrived. */
  async function inPieces(mode: string): Promise<string> {
    let goOn = () => {};
    const arrived = new Promise<void>((resolve) => (goOn = resolve));
    await using gate = await startHttpUpstream(async (_request, response) => {
      await arrived;
      response.end();
    });
    return await new Promise<string>((resolve, reject) => {
      let seen = "";
      const query = new URLSearchParams({ mode, until: gate.origin }).toString();
      const path = `/_aws/execute-api/${api}/prod/stream?${query}`;
      httpRequest({ host: "127.0.0.1", port: gateway.httpPort, path, agent: false }, (response) => {
        response.on("data", (chunk: Buffer) => {
          seen += chunk.toString();
          if (seen === "first;") goOn();
        });
        response.on("error", reject);
        response.on("end", () => resolve(seen));
      })
        .on("error", reject)
        .end();
    });
  }

  it("reach the client piece by piece: the second is created once the first has arrived", async () => {
    expect(await inPieces("pieces")).toBe('first;{"path":"/stream","body":null}');
  });

  it("may be larger than buffered responses", async () => {
    const reply = await gateway.invoke(api, "/stream?mode=large");
    expect(reply.bytes.length).toBeGreaterThan(7 * 1024 * 1024);
  });

  it.each([
    ["/stream?mode=plain", 502],
    ["/stream?mode=throws", 502],
    ["/whole", 502],
    ["/nobody", 500],
  ])("%s returns %s: the response has another format", async (path, status) => {
    const reply = await gateway.invoke(api, path);
    expect([reply.status, reply.body]).toEqual([status, '{"message": "Internal server error"}']);
  });

  it("are cut where the function fails on the way", async () => {
    await expect(inPieces("breaks")).rejects.toThrow(/aborted|hang up/);
  });

  it.each([
    [{ uri: functionUri("shapes"), responseTransferMode: "STREAM" }, "response-streaming-invocations"],
    [{ uri: streamingUri("shapes") }, "must be STREAM"],
    [{ uri: functionUri("shapes"), timeoutInMillis: 30_000 }, "Timeout should be between 50 ms and 29000 ms"],
  ])("%# is refused", async (integration, message) => {
    await expect(
      gateway.deploy({ "GET /x": { integration: { type: "AWS_PROXY", ...integration } } }),
    ).rejects.toThrow(message);
  });
});
