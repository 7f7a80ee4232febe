import { brotliDecompressSync, deflateSync, gunzipSync, gzipSync, inflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { proxy } from "../../kit/rest-api.ts";
import { readBody } from "../../kit/upstream.ts";
import { useGateway, useUpstream } from "../../kit/use.ts";

const BYTES = Buffer.from([0x89, 0x50, 0x00, 0xff]);
let received: Buffer = Buffer.alloc(0);
const upstream = useUpstream(async (request, response) => {
  received = await readBody(request);
  const url = new URL(request.url ?? "/", "http://x");
  const size = url.searchParams.get("size");
  response.writeHead(200, { "Content-Type": url.searchParams.get("type") ?? "text/plain" });
  if (size) return void response.end("x".repeat(Number(size)));
  const bodies: Record<string, Buffer | string> = {
    base64: BYTES.toString("base64"),
    bytes: BYTES,
    broken: "no base64!",
  };
  response.end(bodies[url.searchParams.get("body") ?? ""] ?? "text");
});
const gateway = useGateway();

const api = { binaryMediaTypes: ["image/png", "audio/*", "*/wrong"] };
const http = (integration: object) => ({
  integration: {
    type: "HTTP",
    httpMethod: "POST",
    uri: upstream.origin,
    integrationResponses: { "200": {} },
    ...integration,
  },
});

describe("request payloads (rest §8)", () => {
  const BASE64 = BYTES.toString("base64");
  it.each([
    { type: "text/plain", handling: undefined, body: "té", sent: Buffer.from("té") },
    { type: "text/plain", handling: undefined, body: BYTES, sent: Buffer.from(BYTES.toString("utf8")) },
    { type: "text/plain", handling: "CONVERT_TO_TEXT", body: "té", sent: Buffer.from("té") },
    { type: "text/plain", handling: "CONVERT_TO_BINARY", body: BASE64, sent: BYTES },
    { type: "text/plain", handling: "CONVERT_TO_BINARY", body: "no base64!", sent: 500 },
    { type: "image/png", handling: undefined, body: BYTES, sent: BYTES },
    { type: "image/png; a=b", handling: "CONVERT_TO_TEXT", body: BYTES, sent: Buffer.from(BASE64) },
    { type: "audio/x", handling: "CONVERT_TO_BINARY", body: BYTES, sent: BYTES },
    { type: "x/wrong", handling: "CONVERT_TO_BINARY", body: BASE64, sent: BYTES },
  ])("$type with $handling", async ({ type, handling, body, sent }) => {
    const id = await gateway.deploy({ "POST /a": http({ contentHandling: handling }) }, { api });
    const reply = await gateway.invoke(id, "/a", { method: "POST", body, headers: { "Content-Type": type } });
    if (typeof sent === "number")
      expect([reply.status, reply.body]).toEqual([sent, '{"message": "Internal server error"}']);
    else expect(received.toString("hex")).toBe(sent.toString("hex"));
  });

  it("a proxy converts too where contentHandling says so, and passes bytes as they are otherwise", async () => {
    const id = await gateway.deploy(
      {
        "POST /plain": proxy(upstream.origin),
        "POST /binary": proxy(upstream.origin, { contentHandling: "CONVERT_TO_BINARY" }),
        "POST /text": proxy(upstream.origin, { contentHandling: "CONVERT_TO_TEXT" }),
      },
      { api },
    );
    const sent = async (path: string, body: string | Buffer, type: string) => {
      await gateway.invoke(id, path, { method: "POST", body, headers: { "Content-Type": type } });
      return received.toString("hex");
    };
    expect(await sent("/plain", BYTES, "text/plain")).toBe(BYTES.toString("hex"));
    expect(await sent("/binary", BASE64, "text/plain")).toBe(BYTES.toString("hex"));
    expect(await sent("/text", BYTES, "image/png")).toBe(Buffer.from(BASE64).toString("hex"));
  });

  it("bytes that reach a template are 500; converted to text they can be read", async () => {
    const template = { "image/png": "<$input.body>" };
    const call = async (more: object) => {
      const id = await gateway.deploy({ "POST /a": http({ requestTemplates: template, ...more }) }, { api });
      return (
        await gateway.invoke(id, "/a", {
          method: "POST",
          body: BYTES,
          headers: { "Content-Type": "image/png" },
        })
      ).status;
    };
    expect(await call({})).toBe(500);
    expect(await call({ contentHandling: "CONVERT_TO_TEXT" })).toBe(200);
    expect(received.toString()).toBe(`<${BASE64}>`);
  });

  it.each([
    { encoding: "gzip", encode: gzipSync },
    { encoding: "deflate", encode: deflateSync },
  ])("a $encoding body is decompressed before it is mapped", async ({ encoding, encode }) => {
    const id = await gateway.deploy({
      "POST /a": http({ requestTemplates: { "application/json": "$input.path('$.a')" } }),
    });
    await gateway.invoke(id, "/a", {
      method: "POST",
      body: encode('{"a":"plain"}'),
      headers: { "Content-Encoding": encoding },
    });
    expect(received.toString()).toBe("plain");
    const broken = await gateway.invoke(id, "/a", {
      method: "POST",
      body: "no",
      headers: { "Content-Encoding": encoding },
    });
    expect(broken.status).toBe(400);
  });

  it("a small body that would decompress to more than the payload limit is refused", async () => {
    const id = await gateway.deploy({ "POST /a": http({ requestTemplates: { "application/json": "x" } }) });
    const reply = await gateway.invoke(id, "/a", {
      method: "POST",
      body: gzipSync(Buffer.alloc(11 * 1024 * 1024)),
      headers: { "Content-Encoding": "gzip" },
    });
    expect(reply.status).toBe(400);
  });
});

describe("response payloads (rest §8)", () => {
  const BASE64 = BYTES.toString("base64");
  it.each([
    { backend: "text", accept: undefined, handling: undefined, body: "text", gets: Buffer.from("text") },
    {
      backend: "text",
      accept: undefined,
      handling: "CONVERT_TO_TEXT",
      body: "text",
      gets: Buffer.from("text"),
    },
    { backend: "text", accept: undefined, handling: "CONVERT_TO_BINARY", body: "base64", gets: BYTES },
    { backend: "text", accept: "image/png", handling: undefined, body: "base64", gets: BYTES },
    {
      backend: "text",
      accept: "image/png",
      handling: "CONVERT_TO_TEXT",
      body: "base64",
      gets: Buffer.from(BASE64),
    },
    { backend: "text", accept: "image/png", handling: "CONVERT_TO_BINARY", body: "base64", gets: BYTES },
    { backend: "binary", accept: undefined, handling: undefined, body: "bytes", gets: Buffer.from(BASE64) },
    {
      backend: "binary",
      accept: undefined,
      handling: "CONVERT_TO_TEXT",
      body: "bytes",
      gets: Buffer.from(BASE64),
    },
    { backend: "binary", accept: undefined, handling: "CONVERT_TO_BINARY", body: "bytes", gets: BYTES },
    { backend: "binary", accept: "image/png", handling: undefined, body: "bytes", gets: BYTES },
    { backend: "binary", accept: "image/png, text/x;q=1", handling: undefined, body: "bytes", gets: BYTES },
    {
      backend: "binary",
      accept: "text/x, image/png",
      handling: undefined,
      body: "bytes",
      gets: Buffer.from(BASE64),
    },
    {
      backend: "binary",
      accept: "image/png",
      handling: "CONVERT_TO_TEXT",
      body: "bytes",
      gets: Buffer.from(BASE64),
    },
    { backend: "binary", accept: "image/png", handling: "CONVERT_TO_BINARY", body: "bytes", gets: BYTES },
    { backend: "text", accept: "image/png", handling: undefined, body: "no base64!", gets: 500 },
  ])("$backend for Accept $accept with $handling", async ({ backend, accept, handling, body, gets }) => {
    const type = backend === "binary" ? "image/png" : "text/plain";
    const uri = `${upstream.origin}/?type=${type}&body=${body === "no base64!" ? "broken" : body}`;
    const id = await gateway.deploy(
      {
        "GET /a": http({
          httpMethod: "GET",
          uri,
          integrationResponses: { "200": { contentHandling: handling } },
        }),
      },
      { api },
    );
    const reply = await gateway.invoke(id, "/a", { headers: accept ? { Accept: accept } : {} });
    if (typeof gets === "number") expect(reply.status).toBe(gets);
    else expect(reply.bytes.toString("hex")).toBe(gets.toString("hex"));
  });

  it("bytes that reach a response template are 500", async () => {
    const integrationResponses = { "200": { responseTemplates: { "application/json": "$input.body" } } };
    const id = await gateway.deploy(
      {
        "GET /a": http({
          httpMethod: "GET",
          uri: `${upstream.origin}/?type=image/png&body=bytes`,
          integrationResponses,
        }),
      },
      { api },
    );
    expect((await gateway.invoke(id, "/a", { headers: { Accept: "image/png" } })).status).toBe(500);
  });
});

describe("minimumCompressionSize", () => {
  const decoders = { gzip: gunzipSync, deflate: inflateSync, br: brotliDecompressSync };
  it.each([
    { size: 99, accept: "gzip", encoded: undefined },
    { size: 100, accept: "gzip", encoded: "gzip" },
    { size: 101, accept: "br, deflate", encoded: "deflate" },
    { size: 40_000, accept: "gzip;q=0.5, *;q=0", encoded: "gzip" },
    { size: 101, accept: "gzip;q=0", encoded: undefined },
    { size: 101, accept: undefined, encoded: undefined },
  ])(
    "$size bytes for Accept-Encoding $accept: $encoded, mapped and streamed",
    async ({ size, accept, encoded }) => {
      const uri = `${upstream.origin}/?size=${size}`;
      const id = await gateway.deploy(
        { "GET /mapped": http({ httpMethod: "GET", uri }), "GET /streamed": proxy(uri) },
        { api: { minimumCompressionSize: 100 } },
      );
      for (const path of ["/mapped", "/streamed"]) {
        const reply = await gateway.invoke(id, path, {
          headers: accept ? { "Accept-Encoding": accept } : {},
        });
        expect(reply.headers["content-encoding"], path).toBe(encoded);
        const body = encoded ? decoders[encoded as keyof typeof decoders](reply.bytes) : reply.bytes;
        expect(body.toString()).toBe("x".repeat(size));
      }
    },
  );

  it("without it nothing is compressed", async () => {
    const id = await gateway.deploy({ "GET /a": proxy(`${upstream.origin}/?size=5000`) });
    expect(
      (await gateway.invoke(id, "/a", { headers: { "Accept-Encoding": "gzip" } })).headers[
        "content-encoding"
      ],
    ).toBeUndefined();
  });
});

describe("the payload limit of 10 MB", () => {
  const LIMIT = 10 * 1024 * 1024;
  it.each([
    { size: LIMIT - 1, status: 200 },
    { size: LIMIT, status: 200 },
    { size: LIMIT + 1, status: 413 },
  ])("$size bytes: $status, with a length and chunked", async ({ size, status }) => {
    const id = await gateway.deploy({ "POST /a": http({}), "POST /proxy": proxy(upstream.origin) });
    const body = Buffer.alloc(size, "a");
    for (const path of ["/a", "/proxy"])
      for (const headers of [
        { "Content-Length": String(size) },
        { "Transfer-Encoding": "chunked" },
      ] as Record<string, string>[]) {
        const reply = await gateway.invoke(id, path, { method: "POST", body, headers });
        expect(reply.status, `${path} ${JSON.stringify(headers)}`).toBe(status);
        if (status === 413) expect(reply.body).toBe('{"message":"Request Too Long"}');
      }
  });
});

describe("the limit of an integration's response", () => {
  it("a response over 10 MB is 500 if it is mapped, and streams through a proxy", async () => {
    const uri = `${upstream.origin}/?size=${10 * 1024 * 1024 + 1}`;
    const id = await gateway.deploy({ "GET /a": http({ httpMethod: "GET", uri }), "GET /proxy": proxy(uri) });
    const reply = await gateway.invoke(id, "/a");
    expect([reply.status, reply.body]).toEqual([500, '{"message": "Internal server error"}']);
    expect((await gateway.invoke(id, "/proxy")).bytes).toHaveLength(10 * 1024 * 1024 + 1);
  });
});
