import { once } from "node:events";
import { createServer, type IncomingMessage, request } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { CHUNK_BYTES, chunks, nullPorts } from "@tollgate/pipeline";
import { restRoute } from "@tollgate/pipeline/kit";
import { openUpstreams } from "@tollgate/transport";
import { HTTP1_READERS } from "./http1/http1-readers.ts";
import { startOneRoute } from "./one-route.fixture.ts";

const MB = 1024 * 1024;
/** Each body has bytes of its own, which those of another cannot be taken for. */
const bodyOf = (seed: number, bytes: number): Buffer =>
  Buffer.from(Uint32Array.from({ length: Math.ceil(bytes / 4) }, (_, i) => i ^ (seed << 24)).buffer).subarray(
    0,
    bytes,
  );

/** An upstream that keeps what arrived by path. It reads slowly, responds before it has read a body, or cuts the connection, where the path says so. */
async function startUpstream() {
  const arrived = new Map<string, Buffer>();
  const server = createServer(async (incoming, response) => {
    const pieces: Buffer[] = [];
    incoming.on("error", () => undefined);
    if (incoming.url?.includes("early")) {
      response.end();
      return;
    }
    for await (const piece of incoming) {
      if (incoming.url?.includes("cut")) {
        incoming.socket.destroy();
        return;
      }
      pieces.push(piece as Buffer);
      if (incoming.url?.includes("slow")) await new Promise(setImmediate);
    }
    arrived.set(incoming.url as string, Buffer.concat(pieces));
    response.end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return { arrived, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

async function startGateway(http1Reader: (typeof HTTP1_READERS)[number], upstream: string) {
  const upstreams = openUpstreams(
    {
      region: "us-east-1",
      serviceEndpoints: {},
      credentials: undefined,
      credentialsFile: undefined,
      clientCertificates: undefined,
      connections: 16,
      httpClient: "own",
      offersHttp2: false,
      egress: { rules: "allow loopback", ownPorts: [], ownHosts: [] },
    },
    { warn: () => undefined } as never,
  );
  const route = restRoute("POST /{name}", {
    requestParameters: { "method.request.path.name": true },
    integration: {
      type: "HTTP_PROXY",
      uri: `${upstream}/{name}`,
      httpMethod: "POST",
      requestParameters: { "integration.request.path.name": "method.request.path.name" },
    },
  });
  const compiled = await route.compile({ ...nullPorts, transport: upstreams.transport });
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  const { listener } = await startOneRoute({ http1Reader }, (call) => {
    call.path = call.url;
    const match = compiled.stage.routes.match(call.url, "POST");
    if (!match) throw new Error(`${call.url} has no route`);
    call.route = match.value;
    call.parameterValues = match.parameterValues;
    return match.value.integrate(call);
  });
  onTestFinished(async () => {
    await listener.drain(0);
    await upstreams[Symbol.asyncDispose]();
  });
  return listener.ports.http;
}

/** The status of a call with a body, of a known length or in chunks. */
async function post(port: number, path: string, body: Buffer, isChunked: boolean): Promise<number> {
  const headers = isChunked ? { "Transfer-Encoding": "chunked" } : { "Content-Length": body.length };
  const sent = request({ port, host: "127.0.0.1", path, method: "POST", headers, agent: false });
  for (let at = 0; at < body.length; at += 300_000) sent.write(body.subarray(at, at + 300_000));
  sent.end();
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  response.resume();
  return response.statusCode ?? 0;
}

it.each(HTTP1_READERS)(
  "bodies of many calls arrive at the upstream as they were sent, in memory that is used again (%s)",
  async (http1Reader) => {
    const { arrived, url } = await startUpstream();
    const port = await startGateway(http1Reader, url);
    const sizes = [1, 32 * 1024, 32 * 1024 + 1, CHUNK_BYTES, 3 * CHUNK_BYTES + 17, MB + 5, 2 * MB];
    for (let round = 0; round < 2; round++) {
      await Promise.all(
        sizes.map(async (size, i) => {
          const path = `/${round}-${i}${i % 2 === 0 ? "-slow" : ""}`;
          const body = bodyOf(round * sizes.length + i, size);
          expect(await post(port, path, body, i % 3 === 0), path).toBe(200);
          expect(arrived.get(path)?.equals(body), path).toBe(true);
        }),
      );
      // At least those of the largest body are back.
      await expect.poll(() => chunks.idleChunks).toBeGreaterThanOrEqual((2 * MB) / CHUNK_BYTES);
    }
    expect(await post(port, "/large", Buffer.alloc(10 * MB + 1), false)).toBe(413);
    expect(arrived.has("/large")).toBe(false);
  },
);

/** A client that leaves when it has sent a part of its body. */
async function leave(port: number, path: string, body: Buffer): Promise<void> {
  const client = connect(port, "127.0.0.1");
  client.on("error", () => undefined);
  client.write(`POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n`);
  await new Promise((sent) => client.write(body.subarray(0, body.length - 1), sent));
  client.destroy();
}

it.each(HTTP1_READERS)(
  "bodies arrive as they were sent while clients leave, and upstreams respond early or cut (%s)",
  async (http1Reader) => {
    const { arrived, url } = await startUpstream();
    const port = await startGateway(http1Reader, url);
    const size = MB + 3;
    for (let round = 0; round < 3; round++) {
      const whole = Array.from({ length: 4 }, (_, i) => bodyOf(round * 16 + i, size));
      const other = (i: number) => bodyOf(round * 16 + 8 + i, size);
      const [cut] = await Promise.all([
        post(port, `/${round}-cut`, other(0), false),
        // All of it was sent, or the upstream was gone before.
        post(port, `/${round}-early`, other(1), false).then((status) =>
          expect([200, 502, 504]).toContain(status),
        ),
        leave(port, `/${round}-left`, other(2)),
        leave(port, `/${round}-left`, other(3)),
        ...whole.map(async (body, i) => {
          const path = `/${round}-${i}-slow`;
          expect(await post(port, path, body, i % 2 === 0), path).toBe(200);
          expect(arrived.get(path)?.equals(body), path).toBe(true);
        }),
      ]);
      expect(cut).toBeGreaterThanOrEqual(500);
      expect(arrived.has(`/${round}-left`)).toBe(false);
    }
  },
);
