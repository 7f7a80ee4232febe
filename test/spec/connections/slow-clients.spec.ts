import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { embeddedOnly } from "../../kit/embedded-only.ts";
import { deployHttpApi, toUrl } from "../../kit/http-api.ts";
import { openRawClient, type RawClient, statusesOf } from "../../kit/raw-client.ts";
import { proxy } from "../../kit/rest-api.ts";
import { use, useGateway } from "../../kit/use.ts";

const KB = 1024;
const MB = 1024 * KB;
const CONNECTIONS = 8;
/** Of integrations that must not wait for clients. */
const QUICK_MS = 1_000;

/** Sends as many bytes as the path says, and knows which responses are still on their way. */
const upstream = use(async () => {
  let open = 0;
  const server = createServer((request, response) => {
    open++;
    response.on("close", () => open--);
    const bytes = Number(/\d+/.exec(request.url ?? "")?.[0] ?? 0);
    request.resume().on("end", () => response.end(Buffer.alloc(bytes, "x")));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get open() {
      return open;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
});

// As small as can be, so that seconds show it.
const gateway = useGateway({
  env: {
    TOLLGATE_CLIENT_TIMEOUT_MS: "2000",
    TOLLGATE_CLIENT_READ_TIMEOUT_MS: "2000",
    TOLLGATE_CLIENT_MIN_RATE: "1000",
    TOLLGATE_HELD_MB: "32",
    TOLLGATE_CONNECTIONS_PER_SOURCE: "40",
    TOLLGATE_UPSTREAM_CONNECTIONS: String(CONNECTIONS),
  },
});
let base: string;
let httpHost: string;
const clients: RawClient[] = [];

beforeAll(async () => {
  const apiId = await gateway.deploy({
    "GET /down/{bytes}": proxy(`${upstream.origin}/{bytes}`),
    "GET /mapped/{bytes}": {
      integration: {
        ...(proxy(`${upstream.origin}/{bytes}`).integration as object),
        type: "HTTP",
        httpMethod: "GET",
        integrationResponses: { "200": {} },
      },
    },
    "POST /up": proxy(`${upstream.origin}/0`),
    "ANY /quick": proxy(`${upstream.origin}/10`, { timeoutInMillis: QUICK_MS }),
  });
  base = `/_aws/execute-api/${apiId}/prod`;
  const http = await deployHttpApi(gateway, {
    routes: {
      $default: {
        integration: toUrl(`${upstream.origin}/10`, {
          integrationMethod: "ANY",
          payloadFormatVersion: "1.0",
          timeoutInMillis: QUICK_MS,
        }),
      },
    },
  });
  httpHost = `${http.apiId}.execute-api.local`;
});
afterEach(() => {
  for (const client of clients.splice(0)) client.socket.destroy();
});

async function open(localAddress?: string): Promise<RawClient> {
  const client = await openRawClient(gateway.httpPort, localAddress === undefined ? {} : { localAddress });
  clients.push(client);
  return client;
}
const get = (path: string) => `GET ${base}${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
const isServed = async () => expect((await gateway.call(`${base}/down/10`)).body).toBe("xxxxxxxxxx");

describe("clients that do not read", () => {
  it("are ended, and one that reads slowly but enough is not", async () => {
    const stalled = await open();
    stalled.socket.pause();
    await stalled.send(get(`/down/${20 * MB}`));
    const steady = await open();
    await steady.send(get(`/down/${20 * MB}`));
    steady.socket.pause();
    const reader = setInterval(() => {
      steady.socket.resume();
      setImmediate(() => steady.socket.pause());
    }, 100);
    // A paused socket does not say that it was closed: what is left of it can be written to no more.
    await gone(stalled);
    clearInterval(reader);
    steady.socket.resume();
    await steady.until(/x$/);
    expect(steady.received.length).toBeGreaterThan(1 * MB);
  });

  it("hold no connection of an upstream that others wait for", async () => {
    embeddedOnly("each node has connections of its own");
    for (let i = 0; i < CONNECTIONS * 2; i++) {
      const client = await open();
      client.socket.pause();
      await client.send(get(`/down/${20 * MB}`));
    }
    await isServed();
  });

  it("of a response that can be buffered: its upstream is free at once", async () => {
    for (let i = 0; i < CONNECTIONS; i++) {
      const client = await open();
      client.socket.pause();
      await client.send(get(`/down/${512 * KB}`));
    }
    await isServed();
    await until(() => upstream.open === 0);
  });
});

describe("memory for bodies", () => {
  it("has a bound: where it is short, clients that keep it and hardly send are ended, and others are served", async () => {
    embeddedOnly("each node has a bound of its own");
    const clients = await Promise.all(Array.from({ length: 6 }, () => open("127.0.0.2")));
    const hoarding: typeof clients = [];
    // Fast enough for the timeout, also while others still send.
    const trickle = setInterval(() => {
      for (const { socket } of hoarding) if (socket.writable) socket.write(`200\r\n${"x".repeat(0x200)}\r\n`);
    }, 100);
    for (const client of clients) {
      await client.send(`POST ${base}/up HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n`);
      await client.send(`${(9 * MB).toString(16)}\r\n${"x".repeat(9 * MB)}\r\n`);
      hoarding.push(client);
    }
    const body = Buffer.alloc(5 * MB);
    const headers = { "Transfer-Encoding": "chunked" };
    const upload = () => gateway.call(`${base}/up`, { method: "POST", body, headers });
    while ((await upload()).status !== 200) await new Promise((resolve) => setTimeout(resolve, 100));
    clearInterval(trickle);
    expect(await gateway.metrics()).toMatch(
      /tollgate_connections_ended_total\{[^}]*reason="memory"[^}]*\} [1-9]/,
    );
  });

  it("where there is none left for a response, it is 503 with Retry-After, and that is counted", async () => {
    embeddedOnly("each node has a bound of its own");
    // A busy machine may keep a client from reading for so long that it is ended as a slow one.
    const ended = await Promise.allSettled(
      Array.from({ length: 8 }, () => gateway.call(`${base}/mapped/${10 * MB}`)),
    );
    const replies = ended.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    const refused = replies.filter(({ status }) => status === 503);
    expect(refused.length).toBeGreaterThan(0);
    for (const { headers } of refused) expect(headers["retry-after"]).toBe("1");
    expect(replies.filter(({ status }) => status === 200).length).toBeGreaterThan(0);
    expect(await gateway.metrics()).toMatch(
      /tollgate_calls_refused_total\{[^}]*reason="held_bytes"[^}]*\} [1-9]/,
    );
    await isServed();
  });
});

describe("clients that send slowly", () => {
  const SENDERS = 200;
  const post = (path: string, host: string, bytes: number) =>
    `POST ${path} HTTP/1.1\r\nHost: ${host}\r\nContent-Length: ${bytes}\r\n\r\n`;
  const targets = [
    { protocol: "REST", head: (bytes: number) => post(`${base}/quick`, "localhost", bytes) },
    { protocol: "HTTP", head: (bytes: number) => post("/quick", httpHost, bytes) },
  ];

  it.each(targets)("hold no connection of an upstream: $protocol API", async ({ head }) => {
    embeddedOnly("each node has connections of its own");
    await Promise.all(
      Array.from({ length: SENDERS }, async (_, i) => {
        const client = await open(`127.0.1.${1 + (i % 10)}`);
        await client.send(`${head(100_000)}begun`);
      }),
    );
    for (let i = 0; i < 30; i++) {
      const { status, body } = await gateway.call(`${base}/quick`);
      expect({ status, body }).toEqual({ status: 200, body: "xxxxxxxxxx" });
    }
  });

  it("have as long as their rate allows, whatever the timeout of the integration", async () => {
    const pieces = 15;
    const send = async ({ protocol, head }: (typeof targets)[number]) => {
      const client = await open();
      await client.send(head(pieces * 200));
      const startMs = performance.now();
      for (let i = 0; i < pieces; i++) {
        await client.send("x".repeat(200));
        await new Promise((resolve) => setTimeout(resolve, 140));
      }
      const statuses = statusesOf(await client.until(/x{10}$/));
      return { protocol, statuses, isLong: performance.now() - startMs > 1.5 * QUICK_MS };
    };
    expect(await Promise.all(targets.map(send))).toEqual(
      targets.map(({ protocol }) => ({ protocol, statuses: [200], isLong: true })),
    );
  });
});

describe("clients that do not send", () => {
  // All wait at the same time: each takes the seconds of its timeout.
  it("are ended, whatever they have begun with", async () => {
    const begun = [
      { what: "nothing", bytes: "", statuses: [] },
      { what: "half a head", bytes: "GET / HTTP/1.1\r\nHo", statuses: [408] },
      {
        what: "a part of a body",
        bytes: `POST ${base}/up HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nbegun`,
        statuses: [408],
      },
    ];
    const ended = await Promise.all(
      begun.map(async ({ what, bytes }) => {
        const client = await open();
        if (bytes !== "") await client.send(bytes);
        return { what, bytes, statuses: statusesOf(await client.closed()) };
      }),
    );
    expect(ended).toEqual(begun);
  });
});

describe("connections of one source", () => {
  it("have a bound: a new one ends those that are idle for the longest time, and others are not affected", async () => {
    embeddedOnly("each node has a bound of its own");
    const other = await open("127.0.0.3");
    const many = await Promise.all(Array.from({ length: 60 }, () => open("127.0.0.2")));
    await until(() => many.filter(({ socket }) => socket.destroyed).length >= 20);
    const last = await open("127.0.0.2");
    await last.send(get("/down/10"));
    await last.until(/x{10}$/);
    await other.send(get("/down/10"));
    await other.until(/x{10}$/);
    expect(await gateway.metrics()).toMatch(
      /tollgate_connections_ended_total\{[^}]*reason="evicted"[^}]*\} [1-9]/,
    );
  });
});

/** Whether the other side has closed is seen only when bytes are read. */
async function gone({ socket }: RawClient): Promise<void> {
  while (!socket.destroyed) {
    socket.write("x");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 20));
}
