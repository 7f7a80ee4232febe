import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createEgressPolicy } from "./egress/policy.ts";
import { createUndiciTransport } from "./undici-transport.ts";

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
  await using transport = createUndiciTransport({
    connections: 1,
    clientCertificate: () => {
      throw new Error("there is none");
    },
    egress: {
      policy: createEgressPolicy({ rules: "allow loopback", ownPorts: [], ownHosts: ["localhost"] }),
      trustedOrigins: new Set(),
    },
  });
  connections = 0;
  const failed = await new Promise<string>((resolve) => {
    transport.send(
      {
        origin: `https://127.0.0.1:${port}`,
        path: "/",
        method: "POST",
        headers: [],
        body: undefined,
        timeoutMs: 5_000,
        tls: { key: serverName, insecureSkipVerification: false, serverName, clientCertificateId: undefined },
      },
      {
        onHead: () => undefined,
        onData: () => true,
        onEnd: () => resolve("response"),
        onFailure: (failure) => resolve(failure),
      },
    );
  });
  // The server hangs up, but it was asked.
  expect({ failed, connections }).toEqual({ failed: "network", connections: 1 });
});
