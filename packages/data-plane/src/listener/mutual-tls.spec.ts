import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import type { ConnectionOptions, SecureVersion, TLSSocket } from "node:tls";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { Call } from "@tollgate/pipeline";
import { makeCertificate } from "./client-certificates.fixture.ts";
import { DomainContexts } from "./domain-contexts.ts";
import type { HttpListener } from "./http-listener.ts";
import { authority, DAY_MS, dial, httpsOf, listening } from "./listener.fixture.ts";

type Shown = Pick<ConnectionOptions, "cert" | "key">;

const OPEN = "open.example.com";
const CLOSED = "closed.example.com";
const OTHER = "other.example.com";

const root = await makeCertificate("CN=Root, O=Example", { isAuthority: true });
const middle = await makeCertificate("CN=Middle", { issuer: root, isAuthority: true });
const foreign = await makeCertificate("CN=Foreign", { isAuthority: true });
const ended = await makeCertificate("CN=Ended", { isAuthority: true, validHours: [-2, -1] });
const good = await makeCertificate("C=DE, O=Example, CN=shop", { issuer: root });
const selfSigned = await makeCertificate("CN=self");
const below = await makeCertificate("CN=below", { issuer: middle });
const certificates: Readonly<Record<string, Shown>> = {
  none: {},
  good,
  "wrong CA": await makeCertificate("CN=shop", { issuer: foreign }),
  "the name of its CA, by another key": await makeCertificate("CN=shop", {
    issuer: { ...foreign, name: root.name },
  }),
  expired: await makeCertificate("CN=late", { issuer: root, validHours: [-2, -1] }),
  "not yet valid": await makeCertificate("CN=early", { issuer: root, validHours: [1, 2] }),
  "wrong usage": await makeCertificate("CN=server", { issuer: root, usage: "serverAuth" }),
  "no subject": await makeCertificate("", { issuer: root }),
  "chain of 3": below,
  "chain of 3, sent whole": { cert: below.cert + middle.cert, key: below.key },
  "signed by one that is no CA": await makeCertificate("CN=pet", { issuer: good }),
  "of an ended CA": await makeCertificate("CN=old", { issuer: ended }),
  "self-signed": selfSigned,
};

const VERSIONS: readonly SecureVersion[] = ["TLSv1.2", "TLSv1.3"];

const contexts = new DomainContexts();
const own = await authority.issue({ names: [OPEN, CLOSED, OTHER], validMs: DAY_MS });
const set = (name: string, truststore: string | undefined, securityPolicy?: string) =>
  contexts.set(name, { ...own, owner: "mine", securityPolicy, truststore });

let seen: Call[];
let listener: HttpListener;
beforeAll(() => {
  seen = [];
});

async function start() {
  set(OPEN, undefined);
  set(CLOSED, root.cert + middle.cert + ended.cert);
  set(OTHER, foreign.cert);
  seen = [];
  ({ listener } = await listening({ https: httpsOf({ contexts }) }, (call) => {
    seen.push(call);
    return { status: 200, headers: [], body: undefined };
  }));
}

/** What a client gets on a connection: "closed", or whether its certificate is trusted. */
async function outcome(socket: TLSSocket): Promise<"trusted" | "not trusted" | "closed"> {
  const closed = once(socket, "close").then(
    () => "closed" as const,
    () => "closed" as const,
  );
  const served = async () => {
    if (socket.alpnProtocol === "h2") {
      const session = connectHttp2(`https://${OPEN}`, { createConnection: () => socket });
      session.on("error", () => undefined);
      onTestFinished(() => session.destroy());
      const stream = session.request({ ":path": "/" });
      stream.on("error", () => undefined);
      await once(stream, "response");
    } else {
      socket.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
      await once(socket, "data");
    }
    return seen.at(-1)?.tls?.clientCertificate ? ("trusted" as const) : ("not trusted" as const);
  };
  const connected = once(socket, "secureConnect").then(served);
  return Promise.race([closed, connected.catch(() => closed)]);
}

const to = (servername: string, options: ConnectionOptions = {}) =>
  dial(listener, { servername, checkServerIdentity: () => undefined, ...options });

const TRUSTED = new Set(["good", "no subject", "chain of 3", "chain of 3, sent whole"]);

describe("the certificate of a client", async () => {
  const rows = Object.keys(certificates).flatMap((certificate) =>
    VERSIONS.flatMap((version) =>
      (["http/1.1", "h2"] as const).map((protocol) => ({ certificate, version, protocol })),
    ),
  );

  it.each(rows)("$certificate, by $version and $protocol", async ({ certificate, version, protocol }) => {
    await start();
    const shown = certificates[certificate];
    const options = { ...shown, minVersion: version, maxVersion: version, ALPNProtocols: [protocol] };
    const isTrusted = TRUSTED.has(certificate);
    expect({
      closed: await outcome(to(CLOSED, options)),
      open: await outcome(to(OPEN, options)),
      other: await outcome(to(OTHER, options)),
    }).toEqual({
      closed: certificate === "none" ? "closed" : isTrusted ? "trusted" : "not trusted",
      open: "not trusted",
      other: certificate === "none" ? "closed" : certificate === "wrong CA" ? "trusted" : "not trusted",
    });
  });
});

it("an intermediate authority that is not in the truststore does not count, although the client sends it", async () => {
  await start();
  set(CLOSED, root.cert);
  expect(await outcome(to(CLOSED, certificates["chain of 3, sent whole"]))).toBe("not trusted");
  set(CLOSED, middle.cert);
  expect(await outcome(to(CLOSED, certificates["chain of 3"]))).toBe("not trusted");
});

it("a call knows who showed what, to which domain", async () => {
  await start();
  await outcome(to(CLOSED, good));
  expect(seen[0]?.tls).toEqual({
    serverName: CLOSED,
    domainName: CLOSED,
    domainOwner: "mine",
    version: "TLSv1.3",
    cipherSuite: expect.stringMatching(/^TLS_AES/) as string,
    clientCertificate: {
      clientCertPem: good.cert,
      subjectDN: "CN=shop,O=Example,C=DE",
      issuerDN: "O=Example,CN=Root",
      serialNumber: "0a:1b:2c:3d:4e:5f",
      validity: {
        notBefore: expect.stringMatching(/^[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4} GMT$/) as string,
        notAfter: expect.stringMatching(/ GMT$/) as string,
      },
    },
  });
});

/** Whether a client asks for a certificate only where the domain wants one. */
it("clients are asked for a certificate by domains that want one, and by no others", async () => {
  await start();
  const asked = async (servername: string) => {
    const socket = to(servername, { maxVersion: "TLSv1.2", ...good });
    await outcome(socket);
    return seen.at(-1)?.tls?.clientCertificate !== undefined;
  };
  expect([await asked(CLOSED), await asked(OPEN), await asked("unknown.example.com")]).toEqual([
    true,
    false,
    false,
  ]);
});

describe.each(VERSIONS)("a session of %s", (version) => {
  const options = { minVersion: version, maxVersion: version };

  async function sessionOf(servername: string, shown: Shown): Promise<Buffer> {
    const socket = to(servername, { ...options, ...shown });
    const got = once(socket, "session") as Promise<[Buffer]>;
    await outcome(socket);
    return (await got)[0];
  }

  const resumed = async (servername: string, session: Buffer, shown: Shown = {}) => {
    const socket = to(servername, { ...options, ...shown, session });
    const result = await outcome(socket);
    return [result, result !== "closed" && socket.isSessionReused()];
  };

  it("of a trusted client is resumed, and its certificate is still known", async () => {
    await start();
    expect(await resumed(CLOSED, await sessionOf(CLOSED, good))).toEqual(["trusted", true]);
  });

  it("of a client that is not trusted stays one", async () => {
    await start();
    const session = await sessionOf(CLOSED, selfSigned);
    expect(await resumed(CLOSED, session, selfSigned)).toEqual(["not trusted", expect.any(Boolean)]);
  });

  it.each([
    ["a domain that asks for nothing", OPEN],
    ["the node itself", "unknown.example.com"],
    ["a domain that trusts others", OTHER],
  ])("that began at %s does not stand for a certificate", async (_where, servername) => {
    await start();
    const session = await sessionOf(servername, certificates["wrong CA"] as Shown);
    expect(await resumed(CLOSED, session)).toEqual(["closed", false]);
    expect(await resumed(CLOSED, session, good)).toEqual(["trusted", false]);
  });

  it("is not resumed with another truststore or policy, and is with another certificate of the domain", async () => {
    await start();
    const session = await sessionOf(CLOSED, good);
    const next = await authority.issue({ names: [CLOSED], validMs: DAY_MS });
    const truststore = root.cert + middle.cert + ended.cert;
    contexts.set(CLOSED, { ...next, owner: "mine", truststore, securityPolicy: undefined });
    expect(await resumed(CLOSED, session)).toEqual(["trusted", true]);
    contexts.set(CLOSED, { ...next, owner: "theirs", truststore, securityPolicy: undefined });
    expect(await resumed(CLOSED, session, good)).toEqual(["trusted", false]);
    set(CLOSED, foreign.cert);
    expect(await resumed(CLOSED, session, good)).toEqual(["not trusted", false]);
    set(CLOSED, truststore, "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09");
    expect(await resumed(CLOSED, session, good)).toEqual(["trusted", false]);
  });
});

it("a truststore is changed for new connections: open ones go on as they were let in", async () => {
  await start();
  const socket = to(CLOSED, good);
  expect(await outcome(socket)).toBe("trusted");
  set(CLOSED, foreign.cert);
  socket.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  await once(socket, "data");
  expect(seen.at(-1)?.tls?.clientCertificate?.subjectDN).toBe("CN=shop,O=Example,C=DE");
  expect(await outcome(to(CLOSED, good))).toBe("not trusted");
});
