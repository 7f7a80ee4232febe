import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Route } from "@tollgate/pipeline";
import { readClientLimits } from "../client-limits.ts";
import { Connection } from "../connection.ts";
import { HeldBytes } from "../held-bytes.ts";
import { dial, listening } from "../listener.fixture.ts";
import { bodyOf, type OneRouteOptions, sourceOf, startOneRoute } from "../one-route.fixture.ts";
import { StreamTurns } from "../stream-turns.ts";
import { HTTP1_READERS } from "./http1-readers.ts";
import { nodeHttp1 } from "./node-http1.ts";
import { ownHttp1 } from "./own-http1.ts";

const limits = readClientLimits((_name, kind) => kind(undefined).value);
const OK = "HTTP/1.1 200 OK\r\n";
const get = (path: string, headers = "") => `GET ${path} HTTP/1.1\r\nHost: a\r\n${headers}\r\n`;
const post = (headers: string, body = "") => `POST /a HTTP/1.1\r\nHost: a\r\n${headers}\r\n\r\n${body}`;

/** A client of raw bytes, and what it has got. */
class Client {
  readonly socket: Socket;
  got = "";
  readonly closed: Promise<unknown>;

  constructor(port: number) {
    this.socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    this.socket.on("error", () => undefined);
    this.socket.on("data", (chunk: Buffer) => (this.got += chunk.toString("latin1")));
    this.closed = Promise.race([once(this.socket, "end"), once(this.socket, "close")]);
    onTestFinished(() => void this.socket.destroy());
  }

  send(text: string): this {
    this.socket.write(text, "latin1");
    return this;
  }

  async until(text: string): Promise<void> {
    while (!this.got.includes(text)) await once(this.socket, "data");
  }

  get statuses(): number[] {
    return [...this.got.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
  }
}

describe.each(HTTP1_READERS)("HTTP/1.1 as read by %s", (http1Reader) => {
  async function serving(integrate: Route["integrate"], options: OneRouteOptions = {}) {
    const started = await startOneRoute({ http1Reader, ...options }, integrate);
    onTestFinished(() => started.listener.drain(0));
    return { ...started, client: () => new Client(started.listener.ports.http) };
  }

  it("responses to requests that came together are in their order, and one is handled at a time", async () => {
    const began: string[] = [];
    const first = Promise.withResolvers<void>();
    const { client } = await serving(async ({ url }) => {
      began.push(url);
      if (url === "/1") await first.promise;
      return { status: 200, headers: [], body: url };
    });
    const one = client().send(get("/1") + get("/2") + get("/3", "Connection: close\r\n"));
    await expect.poll(() => began).toEqual(["/1"]);
    first.resolve();
    await one.closed;
    expect(one.got.match(/\/\d(?=HTTP|$)/g)).toEqual(["/1", "/2", "/3"]);
  });

  it("a client that waits for 100 is asked for its body when somebody reads it, and not before", async () => {
    const [began, allowed] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const { client } = await serving(async (call) => {
      began.resolve();
      await allowed.promise;
      return { status: 200, headers: [], body: await bodyOf(call) };
    });
    const one = client().send(post("Expect: 100-continue\r\nContent-Length: 3"));
    await began.promise;
    expect(one.got).toBe("");
    allowed.resolve();
    await one.until("HTTP/1.1 100 Continue\r\n\r\n");
    one.send("xyz");
    await one.until("\r\n\r\nxyz");
  });

  it("a client that is refused before it was asked for its body loses the connection, not the response", async () => {
    const { client } = await serving(() => ({ status: 401, headers: [], body: "no" }));
    const one = client().send(post("Expect: 100-continue\r\nContent-Length: 3"));
    await one.closed;
    expect([one.statuses, /Connection: close\r\n/.test(one.got)]).toEqual([[401], true]);
  });

  it("a body that nobody reads is read to its end where it is short, and ends the connection where it is long", async () => {
    const { client } = await serving(() => ({ status: 403, headers: [], body: undefined }));
    const short = client().send(post("Content-Length: 60000", "x".repeat(10_000)));
    await short.until("HTTP/1.1 403 ");
    await short.send("x".repeat(50_000) + get("/", "Connection: close\r\n")).closed;
    expect(short.statuses).toEqual([403, 403]);
    // As much as may wait to be read, at once.
    const full = client().send(post("Content-Length: 65536"));
    await full.until("HTTP/1.1 403 ");
    await full.send("x".repeat(65_536) + get("/", "Connection: close\r\n")).closed;
    expect(full.statuses).toEqual([403, 403]);
    const long = client().send(post("Content-Length: 70000", "x".repeat(10_000)));
    await long.closed;
    expect(long.statuses).toEqual([403]);
  });

  it("a client that leaves in the middle of its call is gone, and one that leaves in its body has sent none", async () => {
    const gone = Promise.withResolvers<void>();
    const bodies: string[] = [];
    let calls = 0;
    const { client, ended } = await serving(async (call) => {
      call.exchange.source = sourceOf({ clientGone: gone.resolve });
      calls++;
      bodies.push(await bodyOf(call));
      return new Promise<never>(() => undefined);
    });
    const one = client().send(get("/"));
    await expect.poll(() => bodies).toEqual([""]);
    one.socket.destroy();
    await gone.promise;
    await expect.poll(() => ended.map(({ status }) => status)).toEqual([499]);
    const other = client().send(post("Content-Length: 9", "half"));
    await expect.poll(() => calls).toBe(2);
    other.socket.destroy();
    await expect.poll(() => ended.length).toBe(2);
    expect(bodies).toEqual([""]);
  });

  it("a request that its client ends in the middle is refused", async () => {
    const { client } = await serving(async (call) => ({
      status: 200,
      headers: [],
      body: await bodyOf(call),
    }));
    for (const text of ["GET / HTT", get("/").slice(0, -2), post("Content-Length: 9", "half")]) {
      const one = client().send(text);
      one.socket.end();
      await one.closed;
      expect([text, one.statuses]).toEqual([text, [400]]);
    }
  });

  it("large bodies arrive whole both ways, however slowly they are read", async () => {
    const sent = "0123456789abcdef".repeat(100_000);
    const { client } = await serving(async (call) => {
      const chunks: Buffer[] = [];
      for await (const chunk of call.exchange.body) {
        chunks.push(chunk as Buffer);
        await new Promise((resolve) => setImmediate(resolve));
      }
      return { status: 200, headers: [], body: Buffer.concat(chunks) };
    });
    const sized = client().send(post(`Connection: close\r\nContent-Length: ${sent.length}`, sent));
    const chunk = `${sent.length.toString(16)}\r\n${sent}\r\n0\r\n\r\n`;
    const chunked = client().send(post("Connection: close\r\nTransfer-Encoding: chunked", chunk));
    for (const one of [sized, chunked]) {
      await one.closed;
      expect(one.got.slice(one.got.indexOf("\r\n\r\n") + 4) === sent).toBe(true);
    }
  });

  it("many large bodies at once, which take turns, arrive whole both ways", async () => {
    const { client } = await serving(async (call) => {
      const { exchange } = call;
      exchange.start(200, "", [], call.contentLengthBytes);
      for await (const chunk of exchange.body)
        if (!exchange.write(chunk as Buffer))
          await new Promise<void>((goOn) => (exchange.source = sourceOf({ drained: goOn })));
      exchange.end();
      return undefined;
    });
    const clients = Array.from({ length: 40 }, (_, i) => {
      const sent = `${i % 10}123456789abcdef`.repeat(20_000);
      return { sent, one: client().send(post(`Connection: close\r\nContent-Length: ${sent.length}`, sent)) };
    });
    for (const { sent, one } of clients) {
      await one.closed;
      expect(one.got.slice(one.got.indexOf("\r\n\r\n") + 4) === sent).toBe(true);
    }
  });

  it("the same connection serves call after call through TLS, with bodies both ways", async () => {
    const { listener } = await listening({ http1Reader }, async (call) => ({
      status: 200,
      headers: ["X-Version", `${call.protocol} ${call.scheme}`],
      body: await bodyOf(call),
    }));
    const socket = dial(listener, { ALPNProtocols: ["http/1.1"] });
    const sent = "0123456789abcdef".repeat(10_000);
    let got = "";
    socket.on("data", (chunk: Buffer) => (got += chunk.toString("latin1")));
    socket.write(get("/") + post(`Content-Length: ${sent.length}`, sent) + get("/", "Connection: close\r\n"));
    await once(socket, "close");
    expect(got.match(/X-Version: HTTP\/1\.1 https\r\n/g)).toHaveLength(3);
    expect(got.includes(`\r\n\r\n${sent}HTTP/1.1 200 OK\r\n`)).toBe(true);
  });

  it("a streamed response waits for a client that does not read, and arrives whole", async () => {
    const size = 8 * 1024 * 1024;
    let written = 0;
    const waited = Promise.withResolvers<void>();
    const { client } = await serving(({ exchange }) => {
      const goOn = (): void => {
        while (written < size) {
          written += 64 * 1024;
          if (!exchange.write(Buffer.alloc(64 * 1024, "x"))) return waited.resolve();
        }
        exchange.end();
      };
      exchange.source = sourceOf({ drained: goOn });
      exchange.start(200, "", [], undefined);
      goOn();
      return Promise.resolve(undefined);
    });
    const one = client().send(get("/", "Connection: close\r\n"));
    one.socket.pause();
    await waited.promise;
    one.socket.resume();
    await one.closed;
    expect(one.got.match(/x+/g)?.reduce((sum, { length }) => sum + length, 0)).toBe(size);
  });

  it("clients that are too slow are refused, those that say nothing and those that are idle for too long are not waited for", async () => {
    // Times are looked at once a second: shorter ones would end what is only late on a busy machine, and end nothing earlier.
    const slow = { ...limits, timeoutMs: 800, requestTimeoutMs: 800, idleTimeoutMs: 800 };
    const { client } = await serving(
      async (call) => ({ status: 200, headers: [], body: await bodyOf(call) }),
      {
        limits: slow,
      },
    );
    const silent = client();
    const inHead = client().send("GET / HTTP/1.1\r\nHost:");
    const inBody = client().send(post("Content-Length: 9", "half"));
    const idle = client().send(get("/"));
    const all = [silent, inHead, inBody, idle];
    await Promise.all(all.map(({ closed }) => closed));
    expect(all.map(({ statuses }) => statuses)).toEqual([[], [408], [408], [200]]);
  });

  it("connections end when the listener does: idle ones at once, others behind their response", async () => {
    const [began, waiting] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const { client, listener } = await serving(async ({ url }) => {
      if (url !== "/slow") return { status: 200, headers: [], body: undefined };
      began.resolve();
      await waiting.promise;
      return { status: 200, headers: [], body: "the last one" };
    });
    const idle = client().send(get("/"));
    await idle.until(OK);
    const busy = client().send(get("/slow"));
    await began.promise;
    const drained = listener.drain(60_000);
    await idle.closed;
    waiting.resolve();
    await busy.closed;
    expect([busy.got.includes("Connection: close\r\n"), busy.got.endsWith("\r\n\r\nthe last one")]).toEqual([
      true,
      true,
    ]);
    await drained;
  });

  it.each([
    ["X", "a\nSet-Cookie: b"],
    ["two words", "a"],
    ["", "a"],
  ])("a response with a header that HTTP forbids is not sent: '%s'", async (...headers) => {
    const { client } = await serving(() => ({ status: 200, headers, body: undefined }));
    const one = client().send(get("/", "Connection: close\r\n"));
    await one.closed;
    expect([one.statuses, one.got.includes("Set-Cookie")]).toEqual([[502], false]);
  });

  it("hands over the connection of a request that begins another protocol, with what came behind it", async () => {
    const taken = Promise.withResolvers<[IncomingMessage, Socket, string]>();
    const http1 = { own: ownHttp1, node: nodeHttp1 }[http1Reader]({
      limits,
      shouldUpgrade: () => true,
      warn: () => undefined,
      handshakes: {
        take: (request, socket, head) => taken.resolve([request, socket as Socket, String(head)]),
      },
    });
    const server = http1.newServer((socket, begin) => {
      const start = () => {
        throw new Error("a request began");
      };
      const held = new HeldBytes(0, () => undefined);
      socket.connection = new Connection(socket, "", {
        start,
        held,
        streams: new StreamTurns(() => undefined),
        nowMs: 0,
        flooded: () => undefined,
      });
      begin();
    });
    server.listen(0, "127.0.0.1");
    onTestFinished(() => void server.close());
    await once(server, "listening");
    const one = new Client((server.address() as AddressInfo).port);
    one.send(`${get("/chat", "Connection: x, Upgrade\r\nUpgrade: other\r\nX-Own: y\r\n")}behind`);
    const [{ method, url, headers }, socket, head] = await taken.promise;
    expect([method, url, headers.upgrade, headers["x-own"], head]).toEqual([
      "GET",
      "/chat",
      "other",
      "y",
      "behind",
    ]);
    one.send(" and more");
    // Nobody listens yet, and nothing is lost.
    await new Promise((resolve) => setImmediate(resolve));
    let got = "";
    socket.on("data", (chunk: Buffer) => (got += String(chunk)));
    await expect.poll(() => got).toBe(" and more");
    socket.write("other");
    await one.until("other");
    one.socket.end();
    await once(socket, "end");
    socket.destroy();
  });
});
