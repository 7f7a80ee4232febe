import { expect, it } from "vitest";
import { certificateArtifactName } from "@tollgate/config/runtime";
import { DomainContexts } from "../listener/domain-contexts.ts";
import { authority, DAY_MS } from "../listener/listener.fixture.ts";
import { LiveCertificates } from "./live-certificates.ts";

const DOMAIN = "shop.example.com";
const issued = () => authority.issue({ names: [DOMAIN], validMs: DAY_MS });

function live() {
  const contexts = new DomainContexts();
  return { certificates: new LiveCertificates(contexts), owner: () => contexts.of(DOMAIN)?.owner };
}

it("a domain presents the certificate that it names once both are here, and none when it has gone", async () => {
  const { certificates, owner } = live();
  const named = { accountId: "mine", id: "one" };
  certificates.takeDomain(DOMAIN, { certificate: named });
  expect([certificates.settle(), owner()]).toEqual([[], undefined]);
  const name = certificateArtifactName(named.accountId, named.id);
  certificates.take(name, { ...named, ...(await issued()) });
  expect([certificates.settle(), owner()]).toEqual([[], "mine"]);
  certificates.remove(name);
  expect([certificates.settle(), owner()]).toEqual([[], undefined]);
});

it("a domain presents what was uploaded with it", async () => {
  const { certificates, owner } = live();
  certificates.takeDomain(DOMAIN, { uploaded: { accountId: "theirs", ...(await issued()) } });
  expect([certificates.settle(), owner()]).toEqual([[], "theirs"]);
});

it("what cannot be used leaves a domain what it had, and is named", async () => {
  const { certificates, owner } = live();
  const uploaded = { accountId: "mine", ...(await issued()) };
  certificates.takeDomain(DOMAIN, { uploaded });
  certificates.settle();
  certificates.takeDomain(DOMAIN, { uploaded: { ...uploaded, accountId: "other", privateKey: "none" } });
  const [refused, ...others] = certificates.settle();
  expect(refused).toMatchObject({
    code: "CERTIFICATE_UNUSABLE",
    message: expect.stringContaining(`cannot be used for ${DOMAIN}`) as string,
    name: expect.stringContaining(DOMAIN) as string,
  });
  expect([others, owner()]).toEqual([[], "mine"]);
});
