import { once } from "node:events";
import type { ConnectionOptions } from "node:tls";
import { expect, it } from "vitest";
import { DomainContexts } from "./domain-contexts.ts";
import type { HttpListener } from "./http-listener.ts";
import { authority, DAY_MS, dial, httpsOf, listening, received, session } from "./listener.fixture.ts";

/** A listener with domains, each with a certificate of its own. */
async function withDomains(policies: Readonly<Record<string, string | undefined>>, readyMax?: number) {
  const contexts = new DomainContexts(readyMax);
  for (const [name, securityPolicy] of Object.entries(policies))
    contexts.set(name, {
      ...(await authority.issue({ names: [name], validMs: DAY_MS })),
      owner: "mine",
      securityPolicy,
      truststore: undefined,
    });
  const { listener } = await listening({ https: httpsOf({ contexts }) });
  return { contexts, listener };
}

/** The names of the certificate that a client gets; undefined: the handshake failed. */
async function presented(listener: HttpListener, servername: string, options: ConnectionOptions = {}) {
  const socket = dial(listener, { servername, checkServerIdentity: () => undefined, ...options });
  const ended = Promise.race([once(socket, "error"), once(socket, "close")]).then(() => undefined);
  socket.on("secureConnect", () => socket.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  const isServed = await Promise.race([once(socket, "data").then(() => true), ended]).catch(() => undefined);
  return isServed && socket.getPeerCertificate().subjectaltname;
}

it("each name gets its own certificate, names below a wildcard that of the wildcard, and all others that of the node", async () => {
  const { listener } = await withDomains({ "api.example.com": undefined, "*.example.org": undefined });
  const of = (name: string) => presented(listener, name);
  expect(await of("api.example.com")).toBe("DNS:api.example.com");
  expect(await of("API.Example.COM")).toBe("DNS:api.example.com");
  expect(await of("a.example.org")).toBe("DNS:*.example.org");
  for (const other of ["a.b.example.org", "example.org", "org", "x".repeat(250)])
    expect(await of(other)).toMatch(/^DNS:localhost/);
});

it("a certificate is changed for new connections; one that cannot be used leaves what there was", async () => {
  const { contexts, listener } = await withDomains({ localhost: undefined });
  const client = session(listener);
  await received(client.request({ ":path": "/" }));
  const next = await authority.issue({ names: ["localhost", "next.example.com"], validMs: DAY_MS });
  contexts.set("localhost", {
    ...next,
    owner: "mine",
    securityPolicy: undefined,
    truststore: undefined,
  });
  expect(() =>
    contexts.set("localhost", {
      ...next,
      owner: "mine",
      privateKey: "none",
      securityPolicy: undefined,
      truststore: undefined,
    }),
  ).toThrow();
  expect(await presented(listener, "localhost")).toContain("next.example.com");
  contexts.delete("localhost");
  expect(await presented(listener, "localhost")).toContain("127.0.0.1");
  expect((await received(client.request({ ":path": "/" }))).headers[":status"]).toBe(200);
});

it("more domains than are kept ready get their own certificates all the same", async () => {
  const names = ["a.example.com", "b.example.com", "*.example.org"];
  const { contexts, listener } = await withDomains(
    Object.fromEntries(names.map((name) => [name, undefined])),
    2,
  );
  const asked = ["a.example.com", "b.example.com", "c.example.org", "a.example.com", "c.example.org"];
  const got: unknown[] = [];
  for (const name of asked) got.push(await presented(listener, name));
  expect(got).toEqual([
    "DNS:a.example.com",
    "DNS:b.example.com",
    "DNS:*.example.org",
    "DNS:a.example.com",
    "DNS:*.example.org",
  ]);
  const kept = contexts.of("c.example.org");
  expect(contexts.of("c.example.org")).toBe(kept);
  contexts.of("a.example.com");
  contexts.of("b.example.com");
  expect(contexts.of("c.example.org")).not.toBe(kept);
});

const TLS_1_2 = { minVersion: "TLSv1.2", maxVersion: "TLSv1.2" } as const;
const TLS_1_3 = { minVersion: "TLSv1.3", maxVersion: "TLSv1.3" } as const;
const POST_QUANTUM = { ...TLS_1_3, ecdhCurve: "X25519MLKEM768" };
const CHACHA = { ...TLS_1_3, ciphers: "TLS_CHACHA20_POLY1305_SHA256" };
const GCM = { ...TLS_1_2, ciphers: "ECDHE-ECDSA-AES128-GCM-SHA256" };
const CBC = { ...TLS_1_2, ciphers: "ECDHE-ECDSA-AES128-SHA256:@SECLEVEL=0" };
const TLS_1_0 = { minVersion: "TLSv1", maxVersion: "TLSv1", ciphers: "ALL:@SECLEVEL=0" } as const;
const TLS_1_1 = { ...TLS_1_0, minVersion: "TLSv1.1", maxVersion: "TLSv1.1" } as const;
const SHA1 = { ...TLS_1_2, ciphers: "ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0" };

it.each<[string | undefined, string]>([
  [undefined, "1.3 pq chacha gcm cbc"],
  ["TLS_1_2", "1.3 pq chacha gcm cbc"],
  ["TLS_1_0", "1.3 pq chacha gcm cbc sha1 1.1 1.0"],
  ["SecurityPolicy_TLS13_1_3_2025_09", "1.3 pq chacha"],
  ["SecurityPolicy_TLS13_1_3_FIPS_2025_09", "1.3 pq"],
  ["SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09", "1.3 pq chacha gcm"],
  ["SecurityPolicy_TLS13_1_2_FIPS_PFS_PQ_2025_09", "1.3 pq gcm"],
  ["SecurityPolicy_TLS13_1_2_2021_06", "1.3 pq chacha gcm cbc"],
  ["SecurityPolicy_TLS13_2025_EDGE", "1.3 pq chacha"],
  ["SecurityPolicy_TLS12_PFS_2025_EDGE", "1.3 pq chacha gcm"],
  ["SecurityPolicy_OF_A_LATER_VERSION", "1.3 pq chacha"],
])("the policy %s lets in %s", async (policy, expected) => {
  const { listener } = await withDomains({ "api.example.com": policy });
  const letIn: string[] = [];
  for (const [name, options] of Object.entries({
    "1.3": TLS_1_3,
    pq: POST_QUANTUM,
    chacha: CHACHA,
    gcm: GCM,
    cbc: CBC,
    sha1: SHA1,
    "1.1": TLS_1_1,
    "1.0": TLS_1_0,
  }))
    if (await presented(listener, "api.example.com", options)) letIn.push(name);
  expect(letIn.join(" ")).toBe(expected);
});
