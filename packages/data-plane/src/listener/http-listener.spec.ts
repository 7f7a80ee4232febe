import { once } from "node:events";
import { request as requestPlain } from "node:http";
import { constants } from "node:http2";
import { request as requestSecure } from "node:https";
import { connect as connectPlain, Server } from "node:net";
import { Duplex } from "node:stream";
import { connect as connectTls } from "node:tls";
import { describe, expect, it, vi } from "vitest";
import { readClientLimits } from "./client-limits.ts";
import type { HttpListener } from "./http-listener.ts";
import { END_HEADERS, FrameType, frame, headers, preface, reset } from "./http2-frames.fixture.ts";
import {
  authority,
  DAY_MS,
  dial,
  get,
  httpsOf,
  listening,
  material,
  received,
  session,
} from "./listener.fixture.ts";
import { bodyOf, sourceOf } from "./one-route.fixture.ts";

it("a burst of connections waits in the kernel instead of being dropped: as many as the system allows", async () => {
  using listen = vi.spyOn(Server.prototype, "listen");
  await listening();
  const backlogs = listen.mock.calls.map(([options]) => (options as { backlog?: number }).backlog);
  expect(backlogs).toEqual([65_535, 65_535]);
});

describe("HTTPS", () => {
  it("serves the same calls as HTTP, by HTTP/1.1 and HTTP/2", async () => {
    const { listener } = await listening();
    const { http, https } = listener.ports;
    const plain = JSON.parse((await get(requestPlain, http, "/a?b=c")).body);
    const secure = JSON.parse((await get(requestSecure as never, https, "/a?b=c")).body);
    const second = (await received(session(listener).request({ ":path": "/a?b=c" }))).json();
    expect([plain.protocol, secure.protocol, second.protocol]).toEqual(["HTTP/1.1", "HTTP/1.1", "HTTP/2.0"]);
    expect([plain.scheme, secure.scheme, second.scheme]).toEqual(["http", "https", "https"]);
    for (const call of [plain, secure, second]) expect(call).toMatchObject({ method: "GET", url: "/a?b=c" });
    expect(second.headers).toEqual(["host", `localhost:${https}`]);
  });

  it("a response of HTTP/2 has no headers of connections, and repeated ones are there as often", async () => {
    const { listener } = await listening();
    const { headers } = await received(session(listener).request({ ":path": "/" }));
    expect(headers.connection).toBeUndefined();
    expect(headers["x-twice"]).toBe("1, 2");
  });

  it("headers that should be there once are sent as often as they are given", async () => {
    const headers = ["ETag", "a", "ETag", "b"];
    const { listener } = await listening({}, () => ({ status: 200, headers, body: undefined }));
    expect((await received(session(listener).request({ ":path": "/" }))).headers[":status"]).toBe(200);
  });

  it.each([
    ["X", "a\nSet-Cookie: b"],
    ["two words", "a"],
    [":status", "201"],
    ["", "a"],
  ])("a response with a header that HTTP forbids is not sent: '%s'", async (...headers) => {
    const { listener } = await listening({}, () => ({ status: 200, headers, body: undefined }));
    const got = await received(session(listener).request({ ":path": "/" }));
    expect([got.headers[":status"], got.json()]).toEqual([502, { message: "Bad Gateway" }]);
    expect(got.headers["set-cookie"]).toBeUndefined();
  });

  it.each<[string, Record<string, string>]>([
    ["a :path with a host of its own", { ":scheme": "other", ":path": "https://other.example.com/" }],
    ["a method in lower case", { ":method": "post", ":path": "/" }],
    ["a method that is not one of HTTP", { ":method": "FOO", ":path": "/" }],
  ])("%s is refused, as by HTTP/1.1", async (_what, head) => {
    const { listener, ended } = await listening();
    expect((await received(session(listener).request(head))).headers[":status"]).toBe(400);
    expect(ended).toEqual([]);
  });

  it.each([
    ["with a size", { "content-length": "5" }],
    ["without a size", {}],
  ])("a body %s arrives whole by HTTP/2", async (_what, headers) => {
    const { listener } = await listening();
    const stream = session(listener).request({ ":method": "POST", ":path": "/", ...headers });
    stream.end("12345");
    expect((await received(stream)).json().body).toBe("12345");
  });

  it("many calls share a connection of HTTP/2, and do not wait for each other", async () => {
    const waiting: (() => void)[] = [];
    const { listener } = await listening({}, (call) => {
      if (call.url !== "/slow") return { status: 204, headers: [], body: undefined };
      return new Promise((resolve) => {
        waiting.push(() => resolve({ status: 200, headers: [], body: "late" }));
      });
    });
    const client = session(listener);
    const slow = received(client.request({ ":path": "/slow" }));
    const fast = await Promise.all(
      Array.from({ length: 40 }, () => received(client.request({ ":path": "/fast" }))),
    );
    expect(fast.map(({ headers }) => headers[":status"])).toEqual(Array(40).fill(204));
    waiting[0]?.();
    expect((await slow).body).toBe("late");
  });

  it("a body that its client breaks off is never taken for a whole one", async () => {
    const bodies: string[] = [];
    const [began, failed] = [Promise.withResolvers<void>(), Promise.withResolvers<unknown>()];
    const { listener, ended } = await listening({}, async (call) => {
      began.resolve();
      const body = await bodyOf(call).catch((error: unknown) => {
        failed.resolve(error);
        throw error;
      });
      bodies.push(body);
      return { status: 200, headers: [], body: "taken" };
    });
    const socket = dial(listener, { ALPNProtocols: ["h2"] });
    const half = frame(FrameType.DATA, 0, 1, Buffer.from("the first half"));
    socket.write(Buffer.concat([preface, headers(1, "POST", END_HEADERS), half]));
    await began.promise;
    socket.write(reset(1));
    await failed.promise;
    expect(bodies).toEqual([]);
    await expect.poll(() => ended.map(({ status }) => status)).toEqual([499]);
  });

  it.each([
    ["another Host than its :authority", { ":authority": "localhost", host: "other.example" }, 400],
    ["TRACE", { ":method": "TRACE" }, 405],
    ["an expectation that nobody meets", { expect: "200-maybe" }, 417],
  ])("a request of HTTP/2 with %s is refused, and the connection goes on", async (_what, headers, status) => {
    const { listener } = await listening();
    const client = session(listener);
    const refused = await received(client.request({ ":path": "/", ...headers }));
    expect(refused.headers[":status"]).toBe(status);
    expect((await received(client.request({ ":path": "/" }))).headers[":status"]).toBe(200);
  });

  it("a client that waits for 100 is asked for its body when somebody reads it", async () => {
    const { listener } = await listening();
    const stream = session(listener).request({ ":method": "PUT", ":path": "/", expect: "100-continue" });
    await once(stream, "continue");
    stream.end("now");
    expect((await received(stream)).json().body).toBe("now");
  });

  it("cookies that were sent apart are one header", async () => {
    const { listener } = await listening();
    const stream = session(listener).request({ ":path": "/", cookie: ["a=1", "b=2"] });
    const { headers } = (await received(stream)).json();
    expect(headers).toContain("a=1; b=2");
  });

  it("HEAD has the size and no body", async () => {
    const { listener } = await listening();
    const { headers, body } = await received(session(listener).request({ ":method": "HEAD", ":path": "/" }));
    expect([Number(headers["content-length"]) > 0, body]).toEqual([true, ""]);
  });

  it("a response that comes before the body ends the stream, not the connection", async () => {
    const { listener } = await listening({}, () => ({ status: 401, headers: [], body: "who?" }));
    const client = session(listener);
    const stream = client.request({ ":method": "POST", ":path": "/" });
    stream.write(Buffer.alloc(10_000));
    const { headers } = await received(stream);
    await once(stream, "close");
    expect([headers[":status"], stream.rstCode]).toEqual([401, constants.NGHTTP2_NO_ERROR]);
    expect((await received(client.request({ ":path": "/" }))).headers[":status"]).toBe(401);
  });

  it("a client that resets its stream is gone: its call is given up", async () => {
    const [began, gone] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const { listener, ended } = await listening({}, (call) => {
      began.resolve();
      call.exchange.source = sourceOf({ clientGone: gone.resolve });
      return new Promise<never>(() => undefined);
    });
    const stream = session(listener).request({ ":path": "/" });
    await began.promise;
    stream.close(constants.NGHTTP2_CANCEL);
    await gone.promise;
    await expect.poll(() => ended.map(({ status }) => status)).toEqual([499]);
  });

  it("a session goes on with any worker that has its keys of tickets, and with none that has others", async () => {
    const [first, second, other] = await Promise.all([
      listening(),
      listening(),
      listening({
        https: httpsOf({ material: { ...material, ticketKeys: Buffer.alloc(48, 2) } }),
      }),
    ]);
    for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
      const socket = dial(first.listener, { maxVersion, ALPNProtocols: ["http/1.1"] });
      socket.on("data", () => undefined);
      socket.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
      const [ticket] = (await once(socket, "session")) as [Buffer];
      const reuse = async ({ listener }: { listener: HttpListener }) => {
        const again = dial(listener, { session: ticket, maxVersion, ALPNProtocols: ["http/1.1"] });
        await once(again, "secureConnect");
        return again.isSessionReused();
      };
      expect([maxVersion, await reuse(second), await reuse(other)]).toEqual([maxVersion, true, false]);
    }
  });

  it.each([
    ["TLSv1", false],
    ["TLSv1.1", false],
    ["TLSv1.2", true],
    ["TLSv1.3", true],
  ] as const)("%s: %s", async (version, isServed) => {
    const { listener } = await listening();
    const ciphers = "DEFAULT:@SECLEVEL=0";
    const socket = dial(listener, { minVersion: version, maxVersion: version, ciphers });
    const served = await Promise.race([
      once(socket, "secureConnect").then(() => true),
      once(socket, "error").then(() => false),
    ]).catch(() => false);
    expect(served).toBe(isServed);
  });

  it("another certificate is presented from then on, and open connections go on", async () => {
    const { listener } = await listening();
    const client = session(listener);
    await received(client.request({ ":path": "/" }));
    const serialOf = async () => {
      const socket = dial(listener);
      await once(socket, "secureConnect");
      return socket.getPeerCertificate().serialNumber;
    };
    const before = await serialOf();
    const issued = await authority.issue({ names: ["localhost"], validMs: DAY_MS });
    listener.useTls({ ...material, ...issued });
    expect(await serialOf()).not.toBe(before);
    expect((await received(client.request({ ":path": "/" }))).headers[":status"]).toBe(200);
  });

  it("what is framed as HTTP/1 is not HTTP/2, whatever it says", async () => {
    const { listener } = await listening();
    const socket = dial(listener, { ALPNProtocols: ["http/1.1"] });
    socket.write("POST / HTTP/2.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    const [first] = (await once(socket, "data")) as [Buffer];
    expect(first.toString()).toMatch(/^HTTP\/1\.1 505 /);
  });

  it("what is no TLS, and a handshake that ends, do no harm", async () => {
    const { listener } = await listening();
    const socket = connectPlain(listener.ports.https, "127.0.0.1");
    socket.on("error", () => undefined);
    socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    await once(socket, "close");
    const half = connectPlain(listener.ports.https, "127.0.0.1");
    await once(half, "connect");
    half.destroy();
    expect((await get(requestSecure as never, listener.ports.https, "/")).status).toBe(200);
  });

  it("clients of a listener that will stop are asked to make their next calls elsewhere, and lose none until then", async () => {
    const { listener } = await listening({}, () => ({ status: 200, headers: [], body: undefined }));
    const { http } = listener.ports;
    const connectionOf = async () =>
      (await get(requestPlain, http, "/", { connection: "keep-alive" })).headers;
    expect((await connectionOf()).connection).toBe("keep-alive");
    const before = session(listener);
    const informed = once(before, "goaway");
    expect((await received(before.request({ ":path": "/" }))).headers[":status"]).toBe(200);
    listener.leave();
    expect((await connectionOf()).connection).toBe("close");
    const [code, lastStreamId] = (await informed) as [number, number];
    expect([code, lastStreamId]).toEqual([constants.NGHTTP2_NO_ERROR, 2 ** 31 - 1]);
    // Who comes all the same is served, and asked as well.
    const late = session(listener);
    const lateInformed = once(late, "goaway");
    expect((await received(late.request({ ":path": "/" }))).headers[":status"]).toBe(200);
    await lateInformed;
    // Also if its connection was complete before it made its request.
    const connected = session(listener);
    const connectedInformed = once(connected, "goaway");
    await once(connected, "remoteSettings");
    expect((await received(connected.request({ ":path": "/" }))).headers[":status"]).toBe(200);
    await connectedInformed;
  });

  it("connections of HTTP/2 end when the listener does, after the calls on them", async () => {
    const [began, waiting] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const { listener } = await listening({}, async () => {
      began.resolve();
      await waiting.promise;
      return { status: 200, headers: [], body: "the last one" };
    });
    const [idle, busy] = [session(listener), session(listener)];
    await Promise.all([once(idle, "connect"), once(busy, "connect")]);
    const last = received(busy.request({ ":path": "/" }));
    await began.promise;
    const drained = listener.drain(10_000);
    await once(idle, "close");
    waiting.resolve();
    expect((await last).body).toBe("the last one");
    await drained;
  });

  it("a client that is silent where TLS should begin keeps no worker from stopping", async () => {
    const limits = readClientLimits((_name, kind) => kind(undefined).value);
    const { listener } = await listening({ limits: { ...limits, timeoutMs: limits.requestTimeoutMs } });
    const silent = connectPlain(listener.ports.https, "127.0.0.1");
    const closed = once(silent, "close");
    await once(silent, "connect");
    // A call on another connection: the silent one has been accepted by then.
    await get(requestSecure as never, listener.ports.https, "/");
    await Promise.all([listener.drain(20), closed]);
  });

  it("a client has one time for its first message and the rest of its handshake", async () => {
    const limits = readClientLimits((_name, kind) => kind(undefined).value);
    const { listener } = await listening({ limits: { ...limits, timeoutMs: 60_000 } });
    const hello = await new Promise<Buffer>((resolve) => {
      const write = (chunk: Buffer, _encoding: string, done: () => void) => {
        resolve(chunk);
        done();
      };
      connectTls({ socket: new Duplex({ read: () => undefined, write }), servername: "localhost" });
    });
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const slow = connectPlain(listener.ports.https, "127.0.0.1");
      const closed = once(slow, "close");
      slow.write(hello.subarray(0, 100));
      await once(slow, "connect");
      // A call on another connection: the slow one has been accepted by then.
      await get(requestSecure as never, listener.ports.https, "/");
      vi.advanceTimersByTime(40_000);
      slow.write(hello.subarray(100));
      await once(slow, "data");
      vi.advanceTimersByTime(40_000);
      await closed;
    } finally {
      vi.useRealTimers();
    }
  });

  it("a connection of HTTP/2 that does nothing for too long is ended", async () => {
    const limits = readClientLimits((_name, kind) => kind(undefined).value);
    const { listener } = await listening({ limits: { ...limits, idleTimeoutMs: 500 } });
    const client = session(listener);
    await received(client.request({ ":path": "/" }));
    await once(client, "close");
  });

  it("a client of HTTP/2 that stops sending its body loses its stream, and others of its streams go on", async () => {
    const limits = readClientLimits((_name, kind) => kind(undefined).value);
    const slowGone = Promise.withResolvers<void>();
    const { listener } = await listening({ limits: { ...limits, timeoutMs: 500 } }, async (call) => {
      if (call.method === "POST") await bodyOf(call);
      else await slowGone.promise;
      return { status: 200, headers: [], body: `may keep more: ${call.exchange.hold(10)}` };
    });
    const client = session(listener);
    const waiting = received(client.request({ ":path": "/" }));
    const stream = client.request({ ":method": "POST", ":path": "/" });
    stream.write("and then nothing");
    const { headers } = await received(stream);
    expect(headers[":status"]).toBe(408);
    slowGone.resolve();
    expect((await waiting).body).toBe("may keep more: true");
    expect((await received(client.request({ ":path": "/" }))).headers[":status"]).toBe(200);
  });
});

describe("HTTP without TLS", () => {
  it("may be off", async () => {
    const { listener } = await listening({ httpPort: undefined });
    expect(listener.ports.http).toBe(0);
    expect((await get(requestSecure as never, listener.ports.https, "/")).status).toBe(200);
  });

  it("may send all clients to HTTPS, with the same method, and serves none", async () => {
    const { listener, ended } = await listening({ https: httpsOf({ redirectPort: 0 }) });
    const { http, https } = listener.ports;
    const first = await get(requestPlain, http, "/a?b=c", { Host: "api.example.com:80" }, "POST");
    expect([first.status, first.headers.location]).toEqual([308, `https://api.example.com:${https}/a?b=c`]);
    const upgrade = { Connection: "Upgrade", Upgrade: "websocket", Host: "a", "Sec-WebSocket-Version": "13" };
    expect((await get(requestPlain, http, "/", upgrade)).status).toBe(308);
    for (const Host of ["a/b", "a b", "user@a"])
      expect((await get(requestPlain, http, "/", { Host })).status).toBe(400);
    expect(ended).toEqual([]);
  });
});
