import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createGuard, type Lookup } from "./connector.ts";
import { createEgressPolicy } from "./policy.ts";

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
beforeEach(() => {
  connections = 0;
});

/** A resolver that gives one answer after the other. */
const answering = (...answers: readonly (readonly string[])[]) => {
  const asked: string[] = [];
  let next = 0;
  const lookup: Lookup = (name, _options, callback) => {
    asked.push(name);
    const addresses = answers[Math.min(next++, answers.length - 1)] ?? [];
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
    );
  };
  return { lookup, asked };
};

interface Tried {
  readonly rules?: string;
  readonly lookup: Lookup;
  readonly ownPorts?: readonly number[];
  readonly ownHosts?: readonly string[];
}

/** Tries a connection to the server's port: its result, and what was reported. */
async function connect(hostname: string, { rules = "", lookup, ownPorts = [], ownHosts = [] }: Tried) {
  const policy = createEgressPolicy({ rules, ownPorts, ownHosts });
  const denials: string[] = [];
  const guard = createGuard({ policy, lookup, onDenied: ({ message }) => denials.push(message) });
  const tried = Promise.withResolvers<string>();
  guard({ timeout: 2_000, allowH2: false })(
    { hostname, host: `${hostname}:${port}`, protocol: "http:", port: String(port) },
    (error, socket) => {
      socket?.destroy();
      tried.resolve(error ? ((error as NodeJS.ErrnoException).code ?? error.message) : "connected");
    },
  );
  return { result: await tried.promise, denials };
}

describe("connections of integrations", () => {
  it("a name is resolved once, and what was checked is connected to", async () => {
    const { lookup, asked } = answering(["127.0.0.1"], ["10.255.255.1"]);
    expect((await connect("upstream.test", { rules: "allow loopback", lookup })).result).toBe("connected");
    expect(asked).toEqual(["upstream.test"]);
  });

  it("a name that is resolved to another address each time never gets to a denied one", async () => {
    const { lookup } = answering(
      ["127.0.0.1"],
      ["::ffff:127.0.0.1"],
      ["169.254.169.254"],
      ["::1"],
      ["0.0.0.0"],
    );
    for (let i = 0; i < 8; i++)
      expect((await connect("rebound.test", { lookup })).result).toBe("ERR_EGRESS_DENIED");
    expect(connections).toBe(0);
  });

  it("one denied address of several denies the name", async () => {
    const { lookup } = answering(["10.255.255.1", "127.0.0.1"]);
    expect((await connect("mixed.test", { lookup })).result).toBe("ERR_EGRESS_DENIED");
    expect(connections).toBe(0);
  });

  it("addresses are checked without being resolved", async () => {
    const { lookup, asked } = answering(["10.0.0.1"]);
    for (const address of ["127.0.0.1", "[::1]", "[::ffff:7f00:1]", "0.0.0.0"])
      expect((await connect(address, { lookup })).result).toBe("ERR_EGRESS_DENIED");
    expect(asked).toEqual([]);
    expect(connections).toBe(0);
  });

  it("the product's own ports are denied whatever the rules allow, and the reason is told", async () => {
    const { lookup } = answering(["127.0.0.1"]);
    const { result, denials } = await connect("admin.test", { rules: "allow any", lookup, ownPorts: [port] });
    expect(result).toBe("ERR_EGRESS_DENIED");
    expect(denials).toEqual([
      `integrations may not connect to admin.test (127.0.0.1), port ${port}: a part of Tollgate listens there`,
    ]);
    expect(
      (
        await connect("127.0.0.1", {
          rules: "allow any",
          lookup,
          ownPorts: [port],
          ownHosts: ["control.test"],
        })
      ).result,
    ).toBe("ERR_EGRESS_DENIED");
    expect(connections).toBe(0);
  });

  it("a name that is not resolved is not found", async () => {
    const lookup: Lookup = (name, _options, callback) =>
      callback(Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: "ENOTFOUND" }));
    expect((await connect("nowhere.test", { lookup })).result).toBe("ENOTFOUND");
  });

  it.each([
    { what: "the product's own hosts are known", ownHosts: ["control.test"] },
    { what: "there are none", ownHosts: [] },
  ])("options that TLS does not take fail the connection alone: $what", async ({ ownHosts }) => {
    const { lookup } = answering(["10.9.9.9"]);
    const policy = createEgressPolicy({ rules: "allow loopback", ownPorts: [], ownHosts });
    const guard = createGuard({ policy, lookup });
    const failed = await new Promise<Error | null>((resolve) => {
      guard({ cert: "no certificate", allowH2: false })(
        { hostname: "127.0.0.1", host: `127.0.0.1:${port}`, protocol: "https:", port: String(port) },
        (...[error]) => resolve(error),
      );
    });
    expect(failed?.message).toMatch(/PEM/);
    expect(connections).toBe(0);
  });
});
