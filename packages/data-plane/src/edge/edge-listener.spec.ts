import { once } from "node:events";
import { request as requestPlain } from "node:http";
import { connect as connectHttp2 } from "node:http2";
import { Agent, request as requestSecure } from "node:https";
import { connect as connectPlain } from "node:net";
import { connect as connectTls } from "node:tls";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Call } from "@tollgate/pipeline";
import { metricNames } from "@tollgate/telemetry";
import { readClientLimits } from "../listener/client-limits.ts";
import type { HttpListener } from "../listener/http-listener.ts";
import { HTTP1_READERS } from "../listener/http1/http1-readers.ts";
import { authority, get, received } from "../listener/listener.fixture.ts";
import { bodyOf } from "../listener/one-route.fixture.ts";
import { originsOf, reachable, startEdge, startOrigin } from "./edge.fixture.ts";

/** What an origin knows of a call, as its response. */
async function seen(call: Call) {
  const { sourceIp, protocol, scheme, port, edge, tls, url } = call;
  return {
    status: 200,
    headers: [],
    body: JSON.stringify({ sourceIp, protocol, scheme, port, edge, tls, url, body: await bodyOf(call) }),
  };
}

const connectionsOf = (listener: Pick<HttpListener, "read">) =>
  listener.read().find(({ name }) => name === metricNames.clientConnections)?.value;

const EDGE = { name: "edge-1", address: "127.0.0.1" };

describe.each(HTTP1_READERS)("an origin whose HTTP/1.1 is read by %s", (http1Reader) => {
  async function started(integrate = seen) {
    const origin = await startOrigin(integrate, { http1Reader });
    const origins = originsOf([origin.address]);
    const edge = await startEdge(origins);
    await expect.poll(() => reachable(origins)).toBe(1);
    return { origin, origins, edge };
  }

  it("gets calls of an edge node as if their callers had come to it, and knows where they came", async () => {
    const { edge } = await started();
    const { status, body } = await get(requestSecure as never, edge.ports.https, "/a?b=c");
    expect(status).toBe(200);
    expect(JSON.parse(body)).toEqual({
      sourceIp: "127.0.0.1",
      protocol: "HTTP/1.1",
      scheme: "https",
      port: edge.ports.https,
      edge: EDGE,
      tls: { serverName: "", version: "TLSv1.3", cipherSuite: expect.stringMatching(/^TLS_AES/) },
      url: "/a?b=c",
      body: "",
    });
    const plain = await get(requestPlain, edge.ports.http, "/");
    expect(JSON.parse(plain.body)).toMatchObject({ scheme: "http", port: edge.ports.http, edge: EDGE });
    expect(JSON.parse(plain.body)).not.toHaveProperty("tls");
  });

  it("gets many calls of one connection, with bodies of any size in both directions", async () => {
    const { edge, origin } = await started();
    const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: authority.certificate });
    onTestFinished(() => agent.destroy());
    for (const size of [0, 1, 70_000, 3_000_000]) {
      const sent = "x".repeat(size);
      const response = await new Promise<string>((resolve, reject) => {
        const options = { host: "127.0.0.1", port: edge.ports.https, method: "POST", agent };
        const request = requestSecure(options, async (answer) =>
          resolve(Buffer.concat(await answer.toArray()).toString()),
        );
        request.on("error", reject);
        request.end(sent);
      });
      expect((JSON.parse(response) as { body: string }).body.length).toBe(size);
    }
    expect(origin.ended.length).toBe(4);
    expect(edge.read().find(({ attributes }) => attributes.outcome === "relayed")?.value).toBe(1);
  });
});

it("callers of an edge node speak HTTP/2 with the origin", async () => {
  const origin = await startOrigin(seen);
  const origins = originsOf([origin.address]);
  const edge = await startEdge(origins);
  await expect.poll(() => reachable(origins)).toBe(1);
  const client = connectHttp2(`https://localhost:${edge.ports.https}`, { ca: authority.certificate });
  onTestFinished(() => client.destroy());
  const responses = await Promise.all(
    ["/a", "/b", "/c"].map((path) => received(client.request({ ":path": path }))),
  );
  expect(responses.map((one) => one.json())).toMatchObject(
    ["/a", "/b", "/c"].map((url) => ({ url, protocol: "HTTP/2.0", tls: { serverName: "localhost" } })),
  );
});

it("a caller that leaves ends its connection to the origin", async () => {
  const begun = Promise.withResolvers<void>();
  const release = Promise.withResolvers<undefined>();
  const origin = await startOrigin(async () => {
    begun.resolve();
    return release.promise;
  });
  const origins = originsOf([origin.address]);
  const edge = await startEdge(origins);
  await expect.poll(() => reachable(origins)).toBe(1);
  const socket = connectPlain(edge.ports.http, "127.0.0.1");
  socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  await begun.promise;
  expect(connectionsOf(origin.listener)).toBe(1);
  socket.resetAndDestroy();
  await expect.poll(() => connectionsOf(origin.listener)).toBe(0);
  release.resolve(undefined);
  expect(origins.states[0]?.streams).toBe(0);
});

it("a caller that does not read is ended by the edge node, which has what its origin has sent already", async () => {
  const limits = { ...readClientLimits((_name, kind) => kind(undefined).value), readTimeoutMs: 200 };
  // More than the kernel takes.
  const body = "x".repeat(24_000_000);
  const origin = await startOrigin(async () => ({ status: 200, headers: ["Connection", "close"], body }));
  const origins = originsOf([origin.address]);
  const edge = await startEdge(origins, { limits });
  await expect.poll(() => reachable(origins)).toBe(1);
  const socket = connectPlain(edge.ports.http, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  await expect.poll(() => connectionsOf(edge)).toBe(1);
  socket.pause();
  await expect.poll(() => connectionsOf(edge)).toBe(0);
  expect(edge.read().find(({ attributes }) => attributes.reason === "slow_read")?.value).toBe(1);
});

it("a caller that has said nothing does not hold up an edge node that stops", async () => {
  const edge = await startEdge(originsOf([]));
  const plain = connectPlain(edge.ports.http, "127.0.0.1");
  const secure = connectTls({ port: edge.ports.https, host: "127.0.0.1", ca: authority.certificate });
  secure.on("error", () => undefined);
  onTestFinished(() => {
    plain.destroy();
    secure.destroy();
  });
  await once(secure, "secureConnect");
  await expect.poll(() => connectionsOf(edge)).toBe(2);
  await edge.drain(60_000);
  await expect.poll(() => connectionsOf(edge)).toBe(0);
});
