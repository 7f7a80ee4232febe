import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openRawClient, statusesOf } from "../../kit/raw-client.ts";
import { mock, proxy } from "../../kit/rest-api.ts";
import { useGateway, useUpstream } from "../../kit/use.ts";

/** Paths that the upstream was asked for, and how to let the responses go. */
const asked: string[] = [];
let arrived = Promise.withResolvers<void>();
let gate = Promise.withResolvers<void>();
let cut = Promise.withResolvers<void>();

const upstream = useUpstream(async (request, response) => {
  const path = request.url ?? "";
  asked.push(path);
  arrived.resolve();
  if (path.startsWith("/slow")) await gate.promise;
  if (path.startsWith("/cut")) {
    response.writeHead(200, { "Content-Length": "100000" }).write("begun");
    await cut.promise;
    response.destroy();
    return;
  }
  response.end(`body of ${path}`);
});
const gateway = useGateway();
let base: string;

beforeAll(async () => {
  const apiId = await gateway.deploy({
    "ANY /up/{path}": proxy(`${upstream.origin}/{path}`),
    "GET /mock": mock("fixed"),
  });
  base = `/_aws/execute-api/${apiId}/prod`;
});

beforeEach(() => {
  asked.length = 0;
  arrived = Promise.withResolvers();
  gate = Promise.withResolvers();
  cut = Promise.withResolvers();
});

const get = (path: string, headers = "") =>
  `GET ${base}${path} HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`;
const order = (received: string) =>
  [...received.matchAll(/body of (\S+?)(?=HTTP|$)/g)].map(([, path]) => path);

describe("requests that arrive together (RFC 9112, 9.3.2)", () => {
  it("are handled one after the other, and their responses are in order", async () => {
    using client = await openRawClient(gateway.httpPort);
    await client.send(get("/up/slow") + get("/up/a") + get("/mock") + get("/up/b"));
    await arrived.promise;
    expect(asked).toEqual(["/slow"]);
    gate.resolve();
    const received = await client.until(/body of \/b$/);
    expect([statusesOf(received), order(received)]).toEqual([
      [200, 200, 200, 200],
      ["/slow", "/a", "/b"],
    ]);
    expect(received.indexOf("fixed")).toBeGreaterThan(received.indexOf("body of /a"));
  });

  it("many of them: none is lost", async () => {
    using client = await openRawClient(gateway.httpPort);
    await client.send(Array.from({ length: 60 }, (_, i) => get(`/up/${i}`)).join(""));
    const received = await client.until(/body of \/59$/);
    expect(order(received)).toEqual(Array.from({ length: 60 }, (_, i) => `/${i}`));
  });

  it.each([
    ["bytes that are no request", "no request\r\n\r\n", 400],
    ["CONNECT", "CONNECT x:443 HTTP/1.1\r\nHost: x:443\r\n\r\n", 405],
    ["a head that is too large", `GET / HTTP/1.1\r\nX: ${"x".repeat(40_000)}\r\n\r\n`, 431],
  ])(
    "%s get their response after those that are due, then the connection is closed",
    async (_, bad, status) => {
      using client = await openRawClient(gateway.httpPort);
      await client.send(get("/up/slow") + get("/up/a") + bad);
      await arrived.promise;
      // Whatever the gateway was going to say at once, it has said before another call is over.
      expect((await gateway.call(`${base}/mock`)).status).toBe(200);
      expect(client.received).toBe("");
      gate.resolve();
      expect(statusesOf(await client.closed())).toEqual([200, 200, status]);
    },
  );

  it("a broken body is the 400 of its own request, and nothing of it goes on to be answered", async () => {
    using client = await openRawClient(gateway.httpPort);
    await client.send(
      `${get("/mock")}POST ${base}/up/post HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n${get("/mock")}`,
    );
    expect(statusesOf(await client.closed())).toEqual([200, 400]);
    expect(asked).toEqual([]);
  });

  it("a response that is cut closes the connection: nothing is answered after it", async () => {
    using client = await openRawClient(gateway.httpPort);
    await client.send(get("/up/a") + get("/up/cut") + get("/up/b"));
    await client.until(/begun$/);
    cut.resolve();
    expect(statusesOf(await client.closed())).toEqual([200, 200]);
    expect(asked).toEqual(["/a", "/cut"]);
  });

  it("nothing after 'Connection: close' is handled", async () => {
    using client = await openRawClient(gateway.httpPort);
    await client.send(get("/up/a", "Connection: close\r\n") + get("/up/b"));
    expect(statusesOf(await client.closed())).toEqual([200]);
    expect(asked).toEqual(["/a"]);
  });
});
