import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { UpstreamControl, UpstreamRequest } from "@tollgate/pipeline";
import { createEgressPolicy } from "./egress/policy.ts";
import { createUndiciTransport } from "./undici-transport.ts";
import { HTTP_CLIENTS } from "./upstream-settings.ts";

/** Received is a request as it arrived at the upstream. */
interface Received {
  readonly head: string;
  readonly body: string;
  /** The how manieth connection it came on, and the how manieth of its requests it is. */
  readonly connection: number;
  readonly request: number;
  readonly socket: Socket;
}

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** An upstream on sockets: `respond` gets each request, with its body unless it `reads` heads only. */
async function upstreamOf(respond: (request: Received) => void, reads: "all" | "heads" = "all") {
  const received: Received[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(true).on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
    const connection = ++connections;
    let requests = 0;
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      for (let end = text.indexOf("\r\n\r\n"); end >= 0; end = text.indexOf("\r\n\r\n")) {
        const head = text.slice(0, end);
        const bytes = reads === "all" ? Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0) : 0;
        if (text.length < end + 4 + bytes) return;
        const body = text.slice(end + 4, end + 4 + bytes);
        text = reads === "all" ? text.slice(end + 4 + bytes) : "";
        const request = { head, body, connection, request: ++requests, socket };
        received.push(request);
        respond(request);
        if (reads === "heads") socket.pause();
      }
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  stops.push(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, "close");
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { origin, received, sockets, connections: () => connections };
}

const sized = (body: string, more = "") =>
  `HTTP/1.1 200 OK\r\nContent-Length: ${Buffer.byteLength(body, "latin1")}\r\n${more}\r\n${body}`;

describe.each(HTTP_CLIENTS)("the client of upstreams without TLS: %s", (httpClient) => {
  const isOwn = httpClient === "own";
  const transportOf = ({ connections = 1, rules = "allow loopback" } = {}) => {
    const transport = createUndiciTransport({
      offersHttp2: false,
      connections,
      httpClient,
      clientCertificate: () => {
        throw new Error("there is none");
      },
      egress: {
        policy: createEgressPolicy({ rules, ownPorts: [], ownHosts: [] }),
        trustedOrigins: new Set<string>(),
      },
    });
    stops.unshift(async () => transport[Symbol.asyncDispose]());
    /** The status and the body of a response, or why there is none. */
    const send = (
      origin: string,
      more: Partial<UpstreamRequest> = {},
      watch?: (control: UpstreamControl) => void,
      accepts: (chunk: Buffer) => boolean = () => true,
    ): Promise<string> =>
      new Promise((resolve) => {
        let received = "";
        const control = transport.send(
          {
            origin,
            path: "/",
            method: "GET",
            headers: [],
            body: undefined,
            timeoutMs: 5_000,
            tls: undefined,
            isServiceCall: false,
            ...more,
          },
          {
            onHead: (status) => (received = `${status} `),
            onData: (chunk) => {
              received += chunk.toString("latin1");
              return accepts(chunk);
            },
            onEnd: () => resolve(received),
            onFailure: (failure) => resolve(failure),
          },
        );
        watch?.(control);
      });
    return { transport, send };
  };

  it("writes a request as it is given, with what HTTP/1.1 needs besides", async () => {
    const { origin, received } = await upstreamOf(({ socket }) => socket.write(sized("")));
    const { send } = transportOf();
    const { host } = new URL(origin);
    await send(origin, { path: "/a?b=%20", headers: ["X-A", "b", "x-a", "\xe4 \t;"] });
    await send(origin, { method: "POST", headers: ["Host", "other"] });
    await send(origin, { method: "PUT", body: Buffer.from("hello"), headers: ["content-length", "5"] });
    await send(origin, { method: "DELETE", body: Buffer.from("x") });
    const kept = "connection: keep-alive";
    expect(received.map(({ head, body }) => [...head.split("\r\n"), body])).toEqual([
      ["GET /a?b=%20 HTTP/1.1", `host: ${host}`, kept, "X-A: b", "x-a: \xe4 \t;", ""],
      ["POST / HTTP/1.1", "host: other", kept, "content-length: 0", ""],
      ["PUT / HTTP/1.1", `host: ${host}`, kept, "content-length: 5", "hello"],
      ["DELETE / HTTP/1.1", `host: ${host}`, kept, "content-length: 1", "x"],
    ]);
  });

  it.each<[string, Partial<UpstreamRequest>]>([
    ["a line end in a value", { headers: ["A", "b\r\nC: d"] }],
    ["a character in a value that no byte is", { headers: ["A", "\u0100"] }],
    ["a name that is not a token", { headers: ["A b", "c"] }],
    ["a space in the path", { path: "/a b" }],
    ["a path that does not begin with a slash", { path: "a" }],
    ["a method that is not a token", { method: "G T" }],
    ["two Hosts", { headers: ["Host", "a", "host", "b"] }],
    ["two lengths", { headers: ["Content-Length", "1", "content-length", "1"], body: Buffer.from("x") }],
    ["another length than the body's", { headers: ["Content-Length", "9"], body: Buffer.from("x") }],
    ["a transfer coding", { headers: ["Transfer-Encoding", "chunked"] }],
    ["an upgrade", { headers: ["Upgrade", "x"] }],
  ])("sends nothing of a request with %s", async (_what, request) => {
    const { origin, received } = await upstreamOf(({ socket }) => socket.write(sized("")));
    const { send } = transportOf();
    expect(await send(origin, { method: "POST", ...request })).toBe("network");
    expect(await send(origin)).toBe("200 ");
    expect(received).toHaveLength(1);
  });

  it("uses a connection again, and has no more of them than it may", async () => {
    const upstream = await upstreamOf(({ head, socket }) =>
      socket.write(sized(/\/\d+/.exec(head)?.[0] ?? "")),
    );
    const { send } = transportOf({ connections: 3 });
    for (let i = 0; i < 10; i++) expect(await send(upstream.origin, { path: `/${i}` })).toBe(`200 /${i}`);
    expect(upstream.connections()).toBeLessThanOrEqual(isOwn ? 1 : 3);
    const paths = Array.from({ length: 50 }, (_, i) => `/${i}`);
    const responses = await Promise.all(paths.map((path) => send(upstream.origin, { path })));
    expect(responses).toEqual(paths.map((path) => `200 ${path}`));
    expect(upstream.connections()).toBe(3);
  });

  it.each([
    ["is read at once", 10, false],
    ["waits for its client", 200_000, true],
  ])(
    "takes what an upstream sends unasked for no response of the next request, also if a response %s",
    async (_what, bytes, waits) => {
      const { origin, received } = await upstreamOf(({ socket, connection }) =>
        socket.write(sized(`${connection}`.repeat(bytes)) + (connection === 1 ? sized("wrong") : "")),
      );
      const { send } = transportOf();
      let control: UpstreamControl | undefined;
      const first = send(
        origin,
        {},
        (given) => (control = given),
        () => {
          if (waits) setImmediate(() => control?.resume());
          return !waits;
        },
      );
      expect(await Promise.all([first, send(origin)])).toEqual([
        `200 ${"1".repeat(bytes)}`,
        `200 ${"2".repeat(bytes)}`,
      ]);
      expect(received.map(({ request }) => request)).toEqual([1, 1]);
    },
  );

  it.each([
    ["GET", "200 2"],
    ["POST", "network"],
  ])(
    "repeats on a new connection what an old one did not respond to, if it may: %s",
    async (method, wanted) => {
      const { origin } = await upstreamOf(({ socket, connection, request }) => {
        if (request === 2) socket.destroy();
        else socket.write(sized(`${connection}`));
      });
      const { send } = transportOf();
      expect(await send(origin, { method })).toBe("200 1");
      expect(await send(origin, { method })).toBe(wanted);
    },
  );

  // undici waits until the rest of the request has left.
  it.runIf(isOwn)("does not use a connection again on which a request did not leave completely", async () => {
    const { origin, received } = await upstreamOf(({ socket }) => socket.write(sized("early")), "heads");
    const { send } = transportOf();
    const body = Buffer.alloc(32 * 1024 * 1024);
    expect(await send(origin, { method: "POST", body })).toBe("200 early");
    expect(await send(origin)).toBe("200 early");
    expect(received.map(({ connection }) => connection)).toEqual([1, 2]);
  });

  it("waits for whoever reads slowly, and loses nothing", async () => {
    const text = Array.from({ length: 200_000 }, (_, i) => `${i} `).join("");
    const { origin } = await upstreamOf(({ socket }) =>
      socket.write(
        `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`,
      ),
    );
    const { send } = transportOf();
    let control: UpstreamControl | undefined;
    let isPaused = false;
    const received = await send(
      origin,
      {},
      (given) => (control = given),
      () => {
        expect(isPaused).toBe(false);
        isPaused = true;
        setImmediate(() => {
          isPaused = false;
          control?.resume();
        });
        return false;
      },
    );
    expect(received === `200 ${text}`).toBe(true);
  });

  it("frees the connection of a request that is aborted, and forgets one that waits", async () => {
    const upstream = await upstreamOf(({ head, socket }) => {
      if (!head.startsWith("GET /never")) socket.write(sized("hi"));
    });
    const { send } = transportOf();
    let first: UpstreamControl | undefined;
    let second: UpstreamControl | undefined;
    const aborted = [
      send(upstream.origin, { path: "/never" }, (control) => (first = control)),
      send(upstream.origin, { path: "/waits" }, (control) => (second = control)),
    ];
    await vi.waitUntil(() => upstream.received.length === 1, { timeout: 20_000 });
    second?.abort();
    first?.abort();
    expect(await Promise.all(aborted)).toEqual(["network", "network"]);
    expect(await send(upstream.origin)).toBe("200 hi");
    expect(upstream.received.map(({ head }) => head.split(" ")[1])).toEqual(["/never", "/"]);
  });

  it.each([
    ["nothing", "", "timeout"],
    ["a part of the head", "HTTP/1.1 200 OK\r\n", "timeout"],
    ["interim responses only", "HTTP/1.1 100 Continue\r\n\r\n", "timeout"],
    ["a part of the body", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", "timeout"],
  ])("fails after the timeout if %s arrives", async (_what, response, wanted) => {
    const { origin, received } = await upstreamOf(({ socket }) => socket.write(response));
    const { send } = transportOf();
    expect(await send(origin, { timeoutMs: 250 })).toBe(wanted);
    expect(received).toHaveLength(1);
  });

  it.each<[string, (socket: Socket) => void, string]>([
    ["ends in the head", (socket) => socket.end("HTTP/1.1 200 OK\r\n"), "network"],
    [
      "ends in the body",
      (socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel"),
      "network",
    ],
    [
      "ends between chunks",
      (socket) => socket.end("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n"),
      "network",
    ],
    ["ends with the body", (socket) => socket.end("HTTP/1.1 200 OK\r\n\r\nhello"), "200 hello"],
    [
      "changes the protocol unasked",
      (socket) => socket.write("HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n"),
      "network",
    ],
  ])("makes of a connection that %s: see the row", async (_what, respond, wanted) => {
    const { origin } = await upstreamOf(({ socket }) => respond(socket));
    const { send } = transportOf();
    expect(await send(origin, { method: "POST" })).toBe(wanted);
  });

  // undici takes what has come for the whole.
  it.runIf(isOwn)("takes no body for whole whose connection is reset", async () => {
    const { origin } = await upstreamOf(({ socket }) =>
      socket.write("HTTP/1.1 200 OK\r\n\r\nhel", () => socket.resetAndDestroy()),
    );
    const { send } = transportOf();
    expect(await send(origin, { method: "POST" })).toBe("network");
  });

  it("says of each request that there is no connection, also of those that wait", async () => {
    const { origin } = await upstreamOf(() => undefined);
    await stops.pop()?.();
    const { send } = transportOf();
    const outcomes = await Promise.all([send(origin), send(origin, { method: "POST" }), send(origin)]);
    expect(outcomes).toEqual(["connect", "connect", "connect"]);
  });

  it("connects to nothing that the operator does not allow", async () => {
    const upstream = await upstreamOf(({ socket }) => socket.write(sized("hi")));
    const { send } = transportOf({ rules: "" });
    expect(await send(upstream.origin)).toBe("connect");
    expect(await send(upstream.origin.replace("127.0.0.1", "localhost"))).toBe("connect");
    expect(upstream.connections()).toBe(0);
  });

  it("reaches hosts by their names, and addresses of IPv6", async () => {
    const upstream = await upstreamOf(({ socket }) => socket.write(sized("hi")));
    const { send } = transportOf();
    const { port } = new URL(upstream.origin);
    expect(await send(`http://localhost:${port}`)).toBe("200 hi");
    expect(await send("http://[::1]:1")).toBe("connect");
    expect(upstream.received[0]?.head).toContain(`\r\nhost: localhost:${port}\r\n`);
  });

  it("ends its connections at the end", async () => {
    const upstream = await upstreamOf(({ head, socket }) => {
      if (!head.startsWith("GET /never")) socket.write(sized("hi"));
    });
    const { transport, send } = transportOf({ connections: 2 });
    const never = send(upstream.origin, { path: "/never" });
    expect(await send(upstream.origin)).toBe("200 hi");
    await transport[Symbol.asyncDispose]();
    expect(await never).toBe("network");
    await vi.waitUntil(() => upstream.sockets.size === 0, { timeout: 20_000 });
  });
});
