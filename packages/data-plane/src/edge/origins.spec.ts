import { once } from "node:events";
import { Agent, request as requestPlain } from "node:http";
import { type ClientHttp2Stream, connect as connectHttp2 } from "node:http2";
import { connect, type Socket } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { readClientLimits } from "../listener/client-limits.ts";
import { edgeProblem } from "../listener/edge-access.ts";
import { authority, DAY_MS, get, material, received } from "../listener/listener.fixture.ts";
import { access, originsOf, reachable, startEdge, startOrigin, viewer } from "./edge.fixture.ts";
import { REASON_HEADER, RELAY_PATH, VIEWER_HEADER, writeViewer } from "./viewer.ts";

const named = (body: string) => async () => ({ status: 200, headers: [], body });
const NOBODY = "127.0.0.1:1";

describe("where no origin can be reached", () => {
  it("a caller of HTTP/1.1 gets AWS's 502", async () => {
    const edge = await startEdge(originsOf([NOBODY]));
    const { status, headers, body } = await get(requestPlain, edge.ports.http, "/");
    expect([status, body]).toEqual([502, '{"message":"Internal server error"}']);
    expect(headers).toMatchObject({
      "content-type": "application/json",
      "x-amzn-errortype": "InternalServerErrorException",
      "x-amzn-requestid": expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(edge.read().find(({ attributes }) => attributes.outcome === "refused")?.value).toBe(1);
  });

  it("a caller of HTTP/2 gets it, too", async () => {
    const edge = await startEdge(originsOf([NOBODY]));
    const client = connectHttp2(`https://localhost:${edge.ports.https}`, { ca: authority.certificate });
    onTestFinished(() => client.destroy());
    const { headers, body } = await received(client.request({ ":path": "/" }));
    expect([headers[":status"], body]).toEqual([502, '{"message":"Internal server error"}']);
  });

  it("it is said why", async () => {
    const origins = originsOf([NOBODY]);
    await expect.poll(() => origins.states[0]?.failures).toBeGreaterThan(0);
    expect(origins.states[0]).toMatchObject({
      address: NOBODY,
      isReachable: false,
      problem: expect.stringContaining("ECONNREFUSED"),
    });
  });
});

describe("of several origins", () => {
  it("each new caller goes to the one with the fewest", async () => {
    const all = await Promise.all(["a", "b"].map((name) => startOrigin(named(name))));
    const origins = originsOf(all.map(({ address }) => address));
    const edge = await startEdge(origins);
    await expect.poll(() => reachable(origins)).toBe(2);
    const agent = new Agent({ keepAlive: true });
    onTestFinished(() => agent.destroy());
    await Promise.all(
      [1, 2, 3, 4].map(async () => {
        const request = requestPlain({ port: edge.ports.http, host: "127.0.0.1", agent });
        request.end();
        const [response] = await once(request, "response");
        await response.toArray();
      }),
    );
    expect(origins.states.map(({ streams }) => streams)).toEqual([2, 2]);
  });

  it("one that drains finishes what it has, and the next callers go to another", async () => {
    const begun = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const draining = await startOrigin(async () => {
      begun.resolve();
      await release.promise;
      return { status: 200, headers: [], body: "the draining one" };
    });
    const other = await startOrigin(named("the other"));
    const origins = originsOf([draining.address, other.address]);
    const edge = await startEdge(origins);
    await expect.poll(() => reachable(origins)).toBe(2);
    const first = get(requestPlain, edge.ports.http, "/");
    // The first of the list has it, as both have none.
    await begun.promise;
    const drained = draining.listener.drain(60_000);
    await expect.poll(() => reachable(origins)).toBe(1);
    for (let i = 0; i < 3; i++)
      expect((await get(requestPlain, edge.ports.http, "/")).body).toBe("the other");
    release.resolve();
    expect((await first).body).toBe("the draining one");
    await drained;
  });

  it("a call whose origin dies is not made again at another: its caller gets 502", async () => {
    const begun = Promise.withResolvers<void>();
    const never = Promise.withResolvers<undefined>();
    const dying = await startOrigin(async () => {
      begun.resolve();
      return never.promise;
    });
    const other = await startOrigin(named("the other"));
    const origins = originsOf([dying.address, other.address]);
    const edge = await startEdge(origins);
    await expect.poll(() => reachable(origins)).toBe(2);
    const first = get(requestPlain, edge.ports.http, "/", {}, "POST");
    await begun.promise;
    const died = dying.listener.drain(0);
    expect((await first).status).toBe(502);
    never.resolve(undefined);
    await died;
    expect(other.ended).toEqual([]);
    expect((await get(requestPlain, edge.ports.http, "/")).body).toBe("the other");
  });

  it("one that comes back is used again", async () => {
    const first = await startOrigin(named("first"));
    const { edge: port } = first.listener.ports;
    const origins = originsOf([first.address]);
    await expect.poll(() => reachable(origins)).toBe(1);
    await first.listener.drain(0);
    await expect.poll(() => reachable(origins)).toBe(0);
    await startOrigin(named("again"), { edge: { port, access } });
    await expect.poll(() => reachable(origins)).toBe(1);
  });
});

describe("a token that is replaced", () => {
  const replaced = { ...access, token: "another-token-of-nodes", accepted: ["another-token-of-nodes"] };

  it("refuses no caller while nodes take both, whichever of them has the new one first", async () => {
    const [old, next] = [...access.accepted, ...replaced.accepted] as [string, string];
    const accepting = (sent: string, ...accepted: string[]) => ({ ...access, token: sent, accepted });
    const origin = await startOrigin(named("served"));
    let shown = access;
    const origins = originsOf([origin.address], () => shown);
    const edge = await startEdge(origins);
    await expect.poll(() => reachable(origins)).toBe(1);
    // Each caller has a connection of its own.
    const call = async () => (await get(requestPlain, edge.ports.http, "/", { Connection: "close" })).status;
    const steps = [accepting(old, old, next), accepting(next, next, old), accepting(next, next)];
    for (const [i, step] of steps.entries())
      for (const change of i % 2 === 0 ? ["origin", "edge"] : ["edge", "origin"]) {
        if (change === "edge") shown = step;
        else origin.listener.useEdgeAccess(step);
        expect([i, change, await call()]).toEqual([i, change, 200]);
      }
    shown = access;
    expect(await call()).toBe(502);
  });

  it("is shown by connections that are open already", async () => {
    let shown = access;
    const origin = await startOrigin(named("served"));
    const origins = originsOf([origin.address], () => shown);
    const edge = await startEdge(origins);
    await expect.poll(() => reachable(origins)).toBe(1);
    origin.listener.useEdgeAccess(replaced);
    shown = replaced;
    expect((await get(requestPlain, edge.ports.http, "/")).status).toBe(200);
    expect(origins.states[0]?.failures).toBe(0);
  });

  it("at an origin first, ends no caller, and lets in more as soon as the edge node has it", async () => {
    let shown = access;
    const origin = await startOrigin(named("served"));
    const origins = originsOf([origin.address], () => shown);
    const edge = await startEdge(origins);
    await expect.poll(() => reachable(origins)).toBe(1);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => agent.destroy());
    const call = async () => {
      const request = requestPlain({ port: edge.ports.http, host: "127.0.0.1", agent });
      request.end();
      const [response] = await once(request, "response");
      await response.toArray();
      return [response.statusCode, request.reusedSocket];
    };
    expect(await call()).toEqual([200, false]);
    origin.listener.useEdgeAccess(replaced);
    expect((await get(requestPlain, edge.ports.http, "/")).status).toBe(502);
    expect(origins.states[0]?.problem).toMatch(/it responds 401/);
    expect(await call()).toEqual([200, true]);
    shown = replaced;
    await expect.poll(() => reachable(origins)).toBe(1);
    expect((await get(requestPlain, edge.ports.http, "/")).status).toBe(200);
  });
});

it("an origin that has no room for a caller has executed nothing: another one is asked", async () => {
  const begun = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const limits = { ...readClientLimits((_name, kind) => kind(undefined).value), connections: 1 };
  const full = await startOrigin(
    async () => {
      begun.resolve();
      await release.promise;
      return { status: 200, headers: [], body: "the full one" };
    },
    { limits },
  );
  const other = await startOrigin(named("the other"));
  const origins = originsOf([full.address, other.address]);
  const edge = await startEdge(origins);
  await expect.poll(() => reachable(origins)).toBe(2);
  const own = get(requestPlain, full.listener.ports.http, "/");
  await begun.promise;
  // The first of the list is asked first, as both have none.
  expect((await get(requestPlain, edge.ports.http, "/")).body).toBe("the other");
  release.resolve();
  expect((await own).body).toBe("the full one");
});

describe("who is no edge node", () => {
  it("loses its connection with the first response, or when it says nothing", async () => {
    const limits = { ...readClientLimits((_name, kind) => kind(undefined).value), timeoutMs: 500 };
    const origin = await startOrigin(named("secret"), { limits });
    const dial = () => {
      const client = connectHttp2(`https://${origin.address}`, { ca: authority.certificate });
      client.on("error", () => undefined);
      onTestFinished(() => client.destroy());
      return client;
    };
    const refused = dial();
    const closed = once(refused, "close");
    const streams = Array.from({ length: 100 }, () =>
      refused.request({ ":method": "POST", ":path": RELAY_PATH }),
    );
    for (const stream of streams) stream.on("error", () => undefined);
    const [response] = await once(streams[0] as ClientHttp2Stream, "response");
    expect(response[":status"]).toBe(401);
    await closed;
    await once(dial(), "close");
  });

  it.each([
    [
      "another token",
      { ...access, token: "another-token" },
      /it responds 401: it has neither the token of nodes/,
    ],
    ["no token", { ...access, token: undefined }, /it responds 401/],
    ["another authority", { ...access, authorities: undefined }, /certificate/],
  ])("is refused: %s", async (_what, shown, reason) => {
    const origin = await startOrigin(named("secret"));
    const origins = originsOf([origin.address], shown);
    const edge = await startEdge(origins);
    await expect.poll(() => origins.states[0]?.problem).toMatch(reason);
    expect((await get(requestPlain, edge.ports.http, "/")).status).toBe(502);
    expect(origin.ended).toEqual([]);
  });

  it("is refused without a certificate, where authorities of edge nodes are known", async () => {
    const strict = { ...access, isMutual: true };
    const origin = await startOrigin(named("secret"), { edge: { port: 0, access: strict } });
    const origins = originsOf([origin.address], { ...strict, certificate: undefined, privateKey: undefined });
    await expect.poll(() => origins.states[0]?.failures).toBeGreaterThan(0);
    expect(reachable(origins)).toBe(0);
    const client = await authority.issue({ names: ["node"], validMs: DAY_MS, usage: "clientAuth" });
    const known = originsOf([origin.address], { ...strict, ...client });
    await expect.poll(() => reachable(known)).toBe(1);
  });

  it.each<[string, string | undefined, string | string[] | undefined, boolean]>([
    ["the token of nodes", "Bearer a-token-of-nodes", undefined, true],
    ["another token", "Bearer another", undefined, false],
    ["a certificate of a node", undefined, "node", true],
    ["a certificate of an operator", undefined, ["admin", "deployer"], false],
    ["a certificate without a role", undefined, "any", false],
    ["nothing", undefined, undefined, false],
  ])("is told from edge nodes by %s", (_what, authorization = "", unit, isEdge) => {
    const certificate = unit === undefined ? undefined : { subject: { CN: "a", OU: unit } };
    const problem = edgeProblem({ ...access, isMutual: true }, authorization, certificate as never);
    expect(problem === undefined).toBe(isEdge);
  });

  const BEARER = { authorization: `Bearer ${access.token}` };
  it.each<[string, Record<string, string>, number, RegExp]>([
    ["nobody", { [VIEWER_HEADER]: writeViewer(viewer) }, 401, /TOLLGATE_TOKEN/],
    ["an edge node, of no viewer", BEARER, 400, /is not an object of JSON/],
    [
      "an edge node, of no address",
      { ...BEARER, [VIEWER_HEADER]: writeViewer({ ...viewer, address: "1" }) },
      400,
      /address is not an IP address/,
    ],
    ["an edge node, elsewhere", { ...BEARER, ":path": "/else" }, 404, /no such path/],
  ])("gets no call by what it says of a caller: %s", async (_what, headers, status, reason) => {
    const origin = await startOrigin(named("secret"));
    const client = connectHttp2(`https://${origin.address}`, { ca: authority.certificate });
    onTestFinished(() => client.destroy());
    const stream = client.request({ ":method": "POST", ":path": RELAY_PATH, ...headers });
    stream.on("error", () => undefined);
    stream.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    const [response] = await once(stream, "response");
    expect(response[":status"]).toBe(status);
    expect(response[REASON_HEADER]).toMatch(reason);
    expect(origin.ended).toEqual([]);
  });
});

it("the address of a caller is what a load balancer in front of the edge node says, and nothing that the caller says", async () => {
  const origin = await startOrigin(async ({ sourceIp }) => ({ status: 200, headers: [], body: sourceIp }));
  const origins = originsOf([origin.address]);
  const edge = await startEdge(origins, {
    proxies: ["127.0.0.1"],
    https: { port: 0, material, redirectPort: undefined },
  });
  await expect.poll(() => reachable(origins)).toBe(1);
  const socket = connect(edge.ports.http, "127.0.0.1");
  socket.end(
    "PROXY TCP4 198.51.100.7 127.0.0.1 4711 80\r\nGET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 192.0.2.9\r\nConnection: close\r\n\r\n",
  );
  expect(Buffer.concat(await socket.toArray()).toString()).toMatch(/\r\n\r\n198\.51\.100\.7$/);
});

it("calls without TLS are sent to the port of the edge node with TLS, where it is set so", async () => {
  const origin = await startOrigin(named("served"));
  const origins = originsOf([origin.address]);
  const edge = await startEdge(origins, { https: { port: 0, material, redirectPort: 0 } });
  await expect.poll(() => reachable(origins)).toBe(1);
  const { status, headers } = await get(requestPlain, edge.ports.http, "/a", { Host: "api.example.com" });
  expect([status, headers.location]).toEqual([308, `https://api.example.com:${edge.ports.https}/a`]);
});

it("an edge node that drains ends callers between two requests, and not within one", async () => {
  let slowCalls = 0;
  const release = Promise.withResolvers<void>();
  const origin = await startOrigin(async ({ url }) => {
    if (url === "/slow") {
      slowCalls++;
      await release.promise;
    }
    return { status: 200, headers: [], body: url };
  });
  const origins = originsOf([origin.address]);
  const edge = await startEdge(origins);
  await expect.poll(() => reachable(origins)).toBe(1);
  const agent = new Agent({ keepAlive: true });
  onTestFinished(() => agent.destroy());
  const idle = requestPlain({ port: edge.ports.http, host: "127.0.0.1", agent });
  idle.end();
  const [response] = await once(idle, "response");
  const ended = once(idle.socket as Socket, "close");
  await response.toArray();
  const slow = get(requestPlain, edge.ports.http, "/slow", { Connection: "keep-alive" });
  const client = connectHttp2(`https://localhost:${edge.ports.https}`, { ca: authority.certificate });
  onTestFinished(() => client.destroy());
  const slowStream = received(client.request({ ":path": "/slow" }));
  await expect.poll(() => slowCalls).toBe(2);
  const drained = edge.drain(60_000);
  await ended;
  release.resolve();
  expect((await slow).body).toBe("/slow");
  expect((await slowStream).body).toBe("/slow");
  await drained;
});
