import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Authority, openAuthority } from "@tollgate/certificates";
import { certificateArn, type Entity, type Kind } from "@tollgate/config";
import type { Application } from "../application.ts";
import { createApplicationPort } from "../aws/application-port.ts";
import { startMemoryApplication } from "../memory-application.ts";
import { certificateProblems } from "./validate-certificates.ts";

const ACCOUNT = "000000000000";
const DAY_MS = 24 * 60 * 60 * 1000;
const folder = mkdtempSync(join(tmpdir(), "tollgate-certificates-"));
let authority: Authority;
let application: Application & AsyncDisposable;
beforeAll(async () => {
  authority = await openAuthority(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(async () => {
  application = await startMemoryApplication();
});
afterEach(() => application[Symbol.asyncDispose]());

const put = (kind: Kind, id: string, spec: object) =>
  createApplicationPort(application).change(ACCOUNT, () => ({ puts: [{ kind, apiId: "", id, spec }] }));
const remove = (kind: Kind, id: string) =>
  createApplicationPort(application).change(ACCOUNT, () => ({ deletes: [{ kind, apiId: "", id }] }));
const issued = (...names: [string, ...string[]]) => authority.issue({ names, validMs: DAY_MS });
const refusedWith = (code: string, path: string) => ({
  problems: [expect.objectContaining({ code, path }) as object],
});

describe("a certificate", () => {
  it("keeps its private key when it is written without one, and refuses a certificate that the key is not of", async () => {
    const { certificate, privateKey } = await issued("a.example.com");
    await put("Certificate", "a", { certificate, privateKey, certificateChain: authority.certificate });
    await put("Certificate", "a", { certificate, tags: { team: "shop" } });
    const kept = application.mirror.account(ACCOUNT).entities.get("certificates/a")?.entity;
    expect(kept?.spec).toMatchObject({ privateKey, tags: { team: "shop" } });
    const other = await issued("a.example.com");
    await expect(put("Certificate", "a", { certificate: other.certificate })).rejects.toMatchObject(
      refusedWith("PRIVATE_KEY_OF_ANOTHER", "Certificate/a.privateKey"),
    );
  });

  it("may come without its private key, as `tollgate get` shows it: nodes get it when it has one", async () => {
    const { certificate, privateKey } = await issued("a.example.com");
    await put("Certificate", "a", { certificate });
    await put("Certificate", "a", { certificate, privateKey });
  });

  it("is refused when it has ended, or has not begun, but may be tagged until its end and after", async () => {
    const spec = { ...(await issued("a.example.com")), certificateChain: authority.certificate };
    const entity = { kind: "Certificate", apiId: "", id: "a", spec } as unknown as Entity<"Certificate">;
    const codes = (stored: typeof entity.spec | undefined, days: number) =>
      certificateProblems(entity, stored, Date.now() + days * DAY_MS).map(
        ({ code, path }) => `${code} ${path}`,
      );
    expect(codes(undefined, 0)).toEqual([]);
    expect(codes(undefined, 2)).toEqual(["CERTIFICATE_EXPIRED Certificate/a.certificate"]);
    expect(codes(undefined, -2)).toEqual([
      "CERTIFICATE_NOT_YET_VALID Certificate/a.certificate",
      "CERTIFICATE_NOT_YET_VALID Certificate/a.certificateChain",
    ]);
    expect(codes(entity.spec, 2)).toEqual([]);
  });
});

describe("a domain", () => {
  const domain = (named: string) => ({ regionalCertificateArn: named });

  it.each([
    ["an id", "own"],
    ["an ARN", certificateArn("us-east-1", ACCOUNT, "own")],
  ])("names a certificate by %s, which must be there", async (_how, named) => {
    await expect(put("DomainName", "a.example.com", domain(named))).rejects.toMatchObject({
      problems: [
        expect.objectContaining({ message: expect.stringMatching(/there is no [Cc]ertificate/) as string }),
      ],
    });
    await put("Certificate", "own", await issued("a.example.com"));
    await put("DomainName", "a.example.com", domain(named));
  });

  it("is refused a certificate of other names; one of a wildcard is for one level", async () => {
    await put("Certificate", "own", await issued("*.example.com"));
    await put("DomainName", "a.example.com", domain("own"));
    await put("DomainName", "*.example.com", domain("own"));
    for (const name of ["a.b.example.com", "*.b.example.com", "example.org"])
      await expect(put("DomainName", name, domain("own"))).rejects.toMatchObject(
        refusedWith("CERTIFICATE_OF_OTHER_NAMES", `DomainName/${name}.regionalCertificateArn`),
      );
  });

  it("keeps its certificate from being deleted", async () => {
    await put("Certificate", "own", await issued("a.example.com"));
    await put("DomainName", "a.example.com", domain("own"));
    await expect(remove("Certificate", "own")).rejects.toThrow();
    await remove("DomainName", "a.example.com");
    await remove("Certificate", "own");
  });

  it("keeps ARNs of other accounts", async () => {
    await put("DomainName", "a.example.com", domain(certificateArn("us-east-1", "123456789012", "x")));
  });
});
