import { createHash, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { request } from "node:http";
import { connect as connectTls } from "node:tls";
import { expect, it } from "vitest";
import type { Challenge } from "@tollgate/config";
import { Challenges } from "./challenges.ts";
import { dial, get, httpsOf, listening } from "./listener.fixture.ts";

const NAME = "shop.example.com";
const byHttp: Challenge = {
  type: "http-01",
  name: NAME,
  token: "token-1",
  keyAuthorization: "token-1.print",
};
const byTls: Challenge = {
  type: "tls-alpn-01",
  name: NAME,
  token: "token-2",
  keyAuthorization: "token-2.print",
};
const PATH = "/.well-known/acme-challenge/token-1";

/** The certificate that an authority is shown (RFC 8737), and what was agreed. */
async function shownTo(port: number, servername: string, ALPNProtocols: readonly string[]) {
  const socket = connectTls({
    host: "127.0.0.1",
    port,
    servername,
    ALPNProtocols: [...ALPNProtocols],
    rejectUnauthorized: false,
  });
  await once(socket, "secureConnect");
  const certificate = socket.getPeerX509Certificate() as X509Certificate;
  const { alpnProtocol } = socket;
  socket
    .on("error", () => undefined)
    .resume()
    .end();
  await once(socket, "close");
  return { certificate, alpnProtocol };
}

it("a token is responded to without TLS, also where calls are redirected, and is no call", async () => {
  const challenges = new Challenges();
  const { listener, ended } = await listening({ challenges, https: httpsOf({ redirectPort: 0 }) });
  const ask = () => get(request, listener.ports.http, PATH, { Host: NAME });
  expect((await ask()).status).toBe(308);
  challenges.set("challenges/a/1", [byHttp]);
  expect(await ask()).toMatchObject({ status: 200, body: "token-1.print" });
  expect((await get(request, listener.ports.http, `${PATH}x`, { Host: NAME })).status).toBe(308);
  challenges.delete("challenges/a/1");
  expect((await ask()).status).toBe(308);
  expect(ended).toEqual([]);
});

it("a name is proved by a certificate with the digest of the key authorization, to those alone who ask for it", async () => {
  const challenges = new Challenges();
  const { listener } = await listening({ challenges });
  const { https } = listener.ports;
  challenges.set("challenges/a/1", [byTls]);
  const { certificate, alpnProtocol } = await shownTo(https, NAME, ["acme-tls/1"]);
  expect(alpnProtocol).toBe("acme-tls/1");
  expect(certificate.subjectAltName).toBe(`DNS:${NAME}`);
  const digest = createHash("sha256").update("token-2.print").digest();
  expect(certificate.raw.includes(Buffer.concat([Buffer.from([4, 34, 4, 32]), digest]))).toBe(true);
  // The certificate of the node, for all others.
  for (const protocols of [
    ["h2", "http/1.1"],
    ["acme-tls/1", "http/1.1"],
  ])
    expect((await shownTo(https, NAME, protocols)).certificate.subjectAltName).toContain("DNS:localhost");
  const other = dial(listener, { servername: "other.example.com", ALPNProtocols: ["acme-tls/1"] });
  const [error] = (await once(other, "error")) as [Error];
  expect(error.message).toMatch(/no application protocol|alert/i);
});

it("a challenge that is given again is proved with what it is now, and several are kept apart", async () => {
  const challenges = new Challenges();
  const { listener } = await listening({ challenges });
  const { https } = listener.ports;
  challenges.set("challenges/a/1", [byTls, { ...byTls, name: "two.example.com" }]);
  const first = await shownTo(https, NAME, ["acme-tls/1"]);
  expect((await shownTo(https, NAME, ["acme-tls/1"])).certificate.raw.equals(first.certificate.raw)).toBe(
    true,
  );
  challenges.set("challenges/a/1", [{ ...byTls, keyAuthorization: "token-3.print" }]);
  const second = await shownTo(https, NAME, ["acme-tls/1"]);
  const digest = createHash("sha256").update("token-3.print").digest();
  expect(second.certificate.raw.includes(digest)).toBe(true);
});
