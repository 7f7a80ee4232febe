import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Server } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Transport, UpstreamRequest } from "@tollgate/pipeline";
import { createEgressPolicy } from "./egress/policy.ts";
import { createUndiciTransport } from "./undici-transport.ts";

const transportWith = ({ rules = "", trustedOrigins = [] as readonly string[] }) =>
  createUndiciTransport({
    offersHttp2: false,
    connections: 1,
    httpClient: "undici",
    clientCertificate: () => {
      throw new Error("there is none");
    },
    egress: {
      policy: createEgressPolicy({ rules, ownPorts: [], ownHosts: ["localhost"] }),
      trustedOrigins: new Set(trustedOrigins),
    },
  });

/** The status of a response with its body, or why there is none. */
const send = (transport: Transport, request: Partial<UpstreamRequest> & { readonly origin: string }) =>
  new Promise<string>((resolve) => {
    let received = "";
    transport.send(
      {
        path: "/",
        method: "POST",
        headers: [],
        body: undefined,
        timeoutMs: 5_000,
        tls: undefined,
        isServiceCall: false,
        ...request,
      },
      {
        onHead: (status) => (received = `${status} `),
        onData: (chunk) => {
          received += chunk.toString("latin1");
          return true;
        },
        onEnd: () => resolve(received),
        onFailure: (failure) => resolve(failure),
      },
    );
  });

describe("TLS", () => {
  let connections = 0;
  let server: Server;
  let port = 0;
  beforeAll(async () => {
    server = createServer((socket) => {
      connections++;
      socket.destroy();
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    ({ port } = server.address() as AddressInfo);
  });
  afterAll(() => {
    server.close();
  });

  it.each(["127.0.0.1", "[::1]"])("an address is not sent as the server's name: %s", async (serverName) => {
    await using transport = transportWith({ rules: "allow loopback" });
    connections = 0;
    const tls = {
      key: serverName,
      insecureSkipVerification: false,
      serverName,
      clientCertificateId: undefined,
    };
    const failed = await send(transport, { origin: `https://127.0.0.1:${port}`, tls });
    // The server hangs up, but it was asked.
    expect({ failed, connections }).toEqual({ failed: "network", connections: 1 });
  });
});

describe("endpoints of services that the operator named", () => {
  let origin = "";
  const server = createHttpServer((_request, response) => response.end("service"));
  beforeAll(async () => {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it("are reached by calls of services alone, also where a connection to them is open", async () => {
    await using transport = transportWith({ trustedOrigins: [origin] });
    expect(await send(transport, { origin })).toBe("connect");
    expect(await send(transport, { origin, isServiceCall: true })).toBe("200 service");
    expect(await send(transport, { origin })).toBe("connect");
    expect(await send(transport, { origin, isServiceCall: true })).toBe("200 service");
  });

  it("are the only ones that calls of services reach so: an account names others", async () => {
    await using transport = transportWith({ trustedOrigins: ["http://127.0.0.1:1"] });
    expect(await send(transport, { origin, isServiceCall: true })).toBe("connect");
  });
});

describe("an offer of another protocol", () => {
  it.each([
    ["a response in HTTP", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", "200 hi"],
    [
      "the other protocol",
      "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x/1\r\n\r\n",
      "network",
    ],
  ])("is sent, and gets %s", async (_what, response, wanted) => {
    let head = "";
    const server = createServer((socket) =>
      socket.once("data", (chunk) => {
        head = chunk.toString("latin1").toLowerCase();
        socket.write(response);
      }),
    ).listen(0, "127.0.0.1");
    await once(server, "listening");
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await using transport = transportWith({ rules: "allow loopback" });
    expect(await send(transport, { origin, method: "GET", upgrade: "x/1" })).toBe(wanted);
    expect(head).toContain("\r\nconnection: upgrade\r\nupgrade: x/1\r\n");
    server.close();
  });
});
