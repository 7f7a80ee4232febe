import { beforeAll, describe, expect, it } from "vitest";
import { openRawClient, statusesOf } from "../../kit/raw-client.ts";
import { mock, proxy } from "../../kit/rest-api.ts";
import { readBody } from "../../kit/upstream.ts";
import { useGateway, useUpstream } from "../../kit/use.ts";

const upstream = useUpstream(async (request, response) => {
  response.end(`read ${(await readBody(request)).length}`);
});
const gateway = useGateway();
let base: string;

beforeAll(async () => {
  const signed = { authorizationType: "AWS_IAM" };
  const apiId = await gateway.deploy({
    "POST /signed": { ...proxy(upstream.origin), ...signed },
    "POST /keyed": { ...mock("fixed"), apiKeyRequired: true },
    "POST /up": proxy(upstream.origin),
  });
  base = `/_aws/execute-api/${apiId}/prod`;
});

const KB = 1024;
const post = (path: string, bytes: number, headers = "") =>
  `POST ${base}${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${bytes}\r\n${headers}\r\n`;

describe("100 Continue", () => {
  const expecting = (path: string, bytes: number) => post(path, bytes, "Expect: 100-continue\r\n");

  it("is sent when the body is asked for", async () => {
    using client = await openRawClient(gateway.httpPort);
    await client.send(expecting("/up", 5));
    await client.until(/^HTTP\/1\.1 100 Continue\r\n\r\n$/);
    await client.send("12345");
    expect(statusesOf(await client.until(/read 5$/))).toEqual([100, 200]);
    // The connection goes on as usual.
    await client.send(`${post("/up", 2)}12`);
    await client.until(/read 2$/);
  });

  it.each(["/signed", "/keyed"])(
    "is not sent to %s before the call is authorized, and the connection is closed",
    async (path) => {
      using client = await openRawClient(gateway.httpPort);
      await client.send(expecting(path, 5));
      const received = await client.closed();
      expect(statusesOf(received)).toEqual([403]);
      expect(received).toMatch(/\r\nConnection: close\r\n/i);
    },
  );

  it("waits for the responses before it", async () => {
    using client = await openRawClient(gateway.httpPort);
    await client.send(`${post("/up", 3)}123${expecting("/up", 5)}`);
    await client.until(/read 3HTTP\/1\.1 100 Continue\r\n\r\n$/);
    await client.send("12345");
    await client.until(/read 5$/);
  });

  it("other expectations are 417", async () => {
    using client = await openRawClient(gateway.httpPort);
    await client.send(post("/up", 5, "Expect: a miracle\r\n"));
    expect(statusesOf(await client.closed())).toEqual([417]);
  });
});

describe("a response before the body was read", () => {
  it.each([
    ["/signed", 403],
    ["/keyed", 403],
    ["/nowhere", 403],
  ])("%s: a body of 64 KB is read to its end, and the connection goes on", async (path, status) => {
    using client = await openRawClient(gateway.httpPort);
    await client.send(post(path, 64 * KB));
    await client.until(/\}$/);
    await client.send(`${"x".repeat(64 * KB)}${post("/up", 2)}12`);
    expect(statusesOf(await client.until(/read 2$/))).toEqual([status, 200]);
  });

  it.each([
    ["a longer one", `Content-Length: ${64 * KB + 1}`],
    ["one of unknown length", "Transfer-Encoding: chunked"],
  ])(
    "%s is not: the connection is closed after the response, and what follows is no request",
    async (_, header) => {
      using client = await openRawClient(gateway.httpPort);
      await client.send(`POST ${base}/keyed HTTP/1.1\r\nHost: localhost\r\n${header}\r\n\r\n`);
      await client.until(/Forbidden/);
      await client.send(`0\r\n\r\n${post("/up", 2)}12`);
      const received = await client.closed();
      expect(statusesOf(received)).toEqual([403]);
      expect(received).toMatch(/\r\nConnection: close\r\n/i);
    },
  );

  it("413 honours 'Connection: close'", async () => {
    using client = await openRawClient(gateway.httpPort);
    await client.send(post("/up", 10 * KB * KB + 1, "Connection: close\r\n"));
    const received = await client.closed();
    expect(statusesOf(received)).toEqual([413]);
    expect(received).toMatch(/\r\nConnection: close\r\n/i);
  });

  it("reaches a client that is still sending", async () => {
    using client = await openRawClient(gateway.httpPort);
    await client.send(`${post("/keyed", 1024 * KB)}${"x".repeat(256 * KB)}`);
    await client.until(/^HTTP\/1\.1 403 [\s\S]*Forbidden/);
    await client.send("x".repeat(768 * KB));
    expect(statusesOf(await client.closed())).toEqual([403]);
  });
});
