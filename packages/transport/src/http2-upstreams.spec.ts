import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import {
  createSecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type Settings,
} from "node:http2";
import { createServer as createSecureHttp1, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it, onTestFinished } from "vitest";
import { openAuthority } from "@tollgate/certificates";
import type { Transport, UpstreamControl, UpstreamRequest } from "@tollgate/pipeline";
import type { ClientCertificate } from "./client-certificates.ts";
import { createEgressPolicy } from "./egress/policy.ts";
import { createUndiciTransport } from "./undici-transport.ts";

const DAY_MS = 24 * 60 * 60 * 1_000;
const authority = await (async () => {
  const folder = mkdtempSync(join(tmpdir(), "tollgate-authority-"));
  const opened = await openAuthority(folder);
  rmSync(folder, { recursive: true });
  return opened;
})();
const own = await authority.issue({ names: ["localhost", "127.0.0.1"], validMs: DAY_MS });

const CONNECTIONS = 8;

function transportWith({
  offersHttp2 = true,
  clientCertificate = (): ClientCertificate => {
    throw new Error("there is none");
  },
} = {}): Transport {
  const transport = createUndiciTransport({
    connections: CONNECTIONS,
    httpClient: "own",
    offersHttp2,
    clientCertificate,
    egress: {
      policy: createEgressPolicy({ rules: "allow loopback", ownPorts: [], ownHosts: [] }),
      trustedOrigins: new Set(),
    },
  });
  onTestFinished(() => transport[Symbol.asyncDispose]());
  return transport;
}

/** Certificates of the tests' authority are not those of the system. */
const TLS = {
  key: "test",
  insecureSkipVerification: true,
  serverName: undefined,
  clientCertificateId: undefined,
};

interface Reply {
  readonly status: number;
  readonly headers: readonly string[];
  readonly body: string;
}

interface SendOptions {
  /** Called for each chunk; false: it is not read on until `resume` of the control. */
  readonly onData?: (chunk: Buffer) => boolean;
  readonly onControl?: (control: UpstreamControl) => void;
}

function send(
  transport: Transport,
  request: Partial<UpstreamRequest> & { readonly origin: string },
  { onData = () => true, onControl = () => undefined }: SendOptions = {},
): Promise<Reply> {
  const { promise, resolve, reject } = Promise.withResolvers<Reply>();
  let head: Omit<Reply, "body"> = { status: 0, headers: [] };
  let body = "";
  const given = { path: "/", method: "GET", headers: [], body: undefined, timeoutMs: 60_000, tls: TLS };
  const control = transport.send(
    { ...given, isServiceCall: false, ...request },
    {
      onHead: (status, _text, headers) => (head = { status, headers }),
      onData: (chunk) => {
        body += chunk.toString("latin1");
        return onData(chunk);
      },
      onEnd: () => resolve({ ...head, body }),
      onFailure: (failure, error) => reject(new Error(failure, { cause: error })),
    },
  );
  onControl(control);
  return promise;
}

type Respond = (request: Http2ServerRequest, response: Http2ServerResponse) => void;

/** An upstream that chooses HTTP/2 where it is offered, and how many connections it has had. */
async function upstream(respond: Respond, settings: Settings = {}) {
  const server = createSecureServer(
    { cert: own.certificate, key: own.privateKey, allowHTTP1: true, settings },
    respond,
  );
  const sockets = new Set<TLSSocket>();
  server.on("secureConnection", (socket) => sockets.add(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { origin: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, sockets };
}

const shown: Respond = (request, response) => {
  const { httpVersion, method, url, headers } = request;
  request.setEncoding("latin1");
  let body = "";
  request.on("data", (chunk: string) => (body += chunk));
  request.on("end", () => {
    response.setHeader("set-cookie", ["a=1", "b=2"]);
    response.end(JSON.stringify({ httpVersion, method, url, headers, body }));
  });
};

it("upstreams that choose HTTP/2 get calls at the same time over one connection", async () => {
  const { origin, sockets } = await upstream(shown);
  const transport = transportWith();
  const replies = await Promise.all(
    Array.from({ length: 20 }, (_, i) =>
      send(transport, {
        origin,
        path: `/${i}?q=1`,
        method: "POST",
        headers: ["Host", "shop.example.com", "X-Number", String(i)],
        body: Buffer.from(`body ${i}`),
      }),
    ),
  );
  for (const [i, { status, headers, body }] of replies.entries()) {
    expect(status).toBe(200);
    expect(headers.filter((name) => name.startsWith(":"))).toEqual([]);
    expect(headers.flatMap((name, at) => (name === "set-cookie" ? [headers[at + 1]] : []))).toEqual([
      "a=1",
      "b=2",
    ]);
    expect(JSON.parse(body)).toMatchObject({
      httpVersion: "2.0",
      method: "POST",
      url: `/${i}?q=1`,
      headers: {
        ":authority": "shop.example.com",
        "x-number": String(i),
        "content-length": String(6 + String(i).length - 1),
      },
      body: `body ${i}`,
    });
  }
  expect(sockets.size).toBe(1);
});

it.each([
  ["is not offered", false, shown],
  ["is not chosen", true, undefined],
])("HTTP/1.1 is spoken where HTTP/2 %s", async (_why, offersHttp2, respond) => {
  let { origin } = respond ? await upstream(respond) : { origin: "" };
  if (!respond) {
    const server: Server = createSecureHttp1(
      { cert: own.certificate, key: own.privateKey },
      (request, response) => response.end(JSON.stringify({ httpVersion: request.httpVersion })),
    ).listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
  const { body } = await send(transportWith({ offersHttp2 }), { origin });
  expect(JSON.parse(body)).toMatchObject({ httpVersion: "1.1" });
});

it("what a caller sends about connections, or twice, ends no other's call", async () => {
  const held: Http2ServerResponse[] = [];
  const { origin, sockets } = await upstream((request, response) => {
    if (request.url === "/held") held.push(response);
    else shown(request, response);
  });
  const transport = transportWith();
  await send(transport, { origin });
  const other = send(transport, { origin, path: "/held" });
  for (const headers of [
    ["TE", "gzip"],
    ["Proxy-Connection", "keep-alive"],
    ["HTTP2-Settings", "x"],
    ["Connection", "x-a", "X-A", "1"],
    ["Authorization", "one", "authorization", "two"],
    ["Content-Type", "a/b", "CONTENT-TYPE", "c/d"],
    ["__proto__", "x"],
    ["X-Latin", "caf\xe9"],
  ])
    await send(transport, { origin, headers }).catch((error: Error) => error);
  const twice = await send(transport, { origin, headers: ["X-A", "1", "x-a", "2"], upgrade: "x/1" });
  expect(JSON.parse(twice.body)).toMatchObject({ httpVersion: "2.0", headers: { "x-a": "1, 2" } });
  expect(held).toHaveLength(1);
  held[0]?.end("done");
  expect((await other).body).toBe("done");
  expect(sockets.size).toBe(1);
});

it("a call for another host does not wait for those that share a connection", async () => {
  const held: Http2ServerResponse[] = [];
  const { origin, sockets } = await upstream((request, response) => {
    if (request.url === "/held") held.push(response);
    else shown(request, response);
  });
  const transport = transportWith();
  const named = (name: string) => ({ origin, headers: ["Host", name] });
  await send(transport, named("a.example.com"));
  const other = send(transport, { ...named("a.example.com"), path: "/held" });
  const { body } = await send(transport, named("b.example.com"));
  expect(JSON.parse(body)).toMatchObject({ headers: { ":authority": "b.example.com" } });
  held[0]?.end("done");
  expect((await other).body).toBe("done");
  expect([...sockets].map(({ servername }) => servername)).toEqual(["a.example.com", "b.example.com"]);
});

it("a client that does not read holds up no other call of the connection", async () => {
  const large = Buffer.alloc(8 * 1024 * 1024, "x");
  const { origin, sockets } = await upstream((request, response) => {
    if (request.url === "/large") response.end(large);
    else shown(request, response);
  });
  const transport = transportWith();
  await send(transport, { origin });
  let control: UpstreamControl | undefined;
  const { promise: began, resolve: begin } = Promise.withResolvers<void>();
  let isHeld = true;
  const slow = send(
    transport,
    { origin, path: "/large" },
    {
      onControl: (given) => (control = given),
      onData: () => {
        begin();
        return !isHeld;
      },
    },
  );
  await began;
  for (let i = 0; i < 20; i++) expect((await send(transport, { origin })).status).toBe(200);
  isHeld = false;
  control?.resume();
  expect((await slow).body.length).toBe(large.length);
  expect(sockets.size).toBe(1);
});

it("interim responses are not taken for the response, and an aborted call ends its stream alone", async () => {
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>();
  const { origin, sockets } = await upstream((request, response) => {
    if (request.url === "/aborted") {
      request.stream.once("close", end);
      arrive();
      return;
    }
    response.stream.additionalHeaders({ ":status": 103, link: "</a>" });
    shown(request, response);
  });
  const transport = transportWith();
  expect((await send(transport, { origin })).status).toBe(200);
  let control: UpstreamControl | undefined;
  const aborted = send(
    transport,
    { origin, path: "/aborted", method: "POST" },
    { onControl: (given) => (control = given) },
  );
  const failed = expect(aborted).rejects.toThrow("network");
  await arrived;
  control?.abort();
  await Promise.all([ended, failed]);
  expect((await send(transport, { origin })).status).toBe(200);
  expect(sockets.size).toBe(1);
});

it("connections present the client certificate that there is when they begin", async () => {
  const [first, second] = await Promise.all(
    ["first", "second"].map((name) =>
      authority.issue({ names: [name], validMs: DAY_MS, usage: "clientAuth" }),
    ),
  );
  const server = createSecureHttp1(
    { cert: own.certificate, key: own.privateKey, ca: authority.certificate, requestCert: true },
    (request, response) => {
      response.setHeader("connection", "close");
      response.end((request.socket as TLSSocket).getPeerCertificate().subject.CN);
    },
  ).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  let current = first as ClientCertificate;
  const transport = transportWith({ offersHttp2: false, clientCertificate: () => current });
  const tls = { ...TLS, clientCertificateId: "one" };
  expect((await send(transport, { origin, tls })).body).toBe("first");
  current = second as ClientCertificate;
  expect((await send(transport, { origin, tls })).body).toBe("second");
});

it("an upstream that allows no streams keeps no more bodies alive than it may have connections", async () => {
  const { origin } = await upstream(shown, { maxConcurrentStreams: 0 });
  const transport = transportWith();
  const bodies: WeakRef<Buffer>[] = [];
  const call = (): Promise<unknown> => {
    const body = Buffer.alloc(64 * 1024, "x");
    bodies.push(new WeakRef(body));
    return send(transport, { origin, method: "POST", body, timeoutMs: 300 }).catch(
      ({ message }: Error) => message,
    );
  };
  for (let round = 0; round < 4; round++) {
    const outcomes = await Promise.all(Array.from({ length: 50 }, call));
    expect(outcomes).toEqual(Array(50).fill("timeout"));
  }
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const alive = () => {
    collect();
    return bodies.filter((body) => body.deref() !== undefined).length;
  };
  await expect.poll(alive).toBeLessThanOrEqual(CONNECTIONS);
  // The client is replaced, and with it all that it has kept.
  await expect.poll(alive).toBe(0);
});
