import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openAuthority } from "@tollgate/certificates";
import { all, applied, stacked, useApplication } from "../change/ways-in.contract.ts";

useApplication();

const requested = (more: object = {}) => ({
  Type: "AWS::CertificateManager::Certificate",
  Properties: { DomainName: "shop.example.com", KeyAlgorithm: "EC_prime256v1" },
  ...more,
});
const api = { Type: "AWS::ApiGateway::RestApi", Properties: { Name: "stacked" } };

/** A certificate under the id of the stack's request. */
async function put(origin: "ISSUED" | "IMPORTED"): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "tollgate-issued-"));
  const authority = await openAuthority(folder);
  const { certificate, privateKey } = await authority.issue({ names: ["shop.example.com"], validMs: 60_000 });
  rmSync(folder, { recursive: true });
  const [{ id } = { id: "" }] = all("CertificateRequest");
  await applied([{ kind: "Certificate", id, spec: { certificate, privateKey, origin } }]);
}

const left = () => ({ requests: all("CertificateRequest").length, certificates: all("Certificate").length });

it("a request that a stack no longer has goes with the certificate that was issued for it", async () => {
  await stacked({ Api: api, Certificate: requested() });
  await put("ISSUED");
  await stacked({ Api: api, Certificate: requested() });
  expect(left()).toEqual({ requests: 1, certificates: 1 });
  await stacked({ Api: api });
  expect(left()).toEqual({ requests: 0, certificates: 0 });
});

it("one that is retained stays with its certificate", async () => {
  await stacked({ Api: api, Certificate: requested({ DeletionPolicy: "Retain" }) });
  await put("ISSUED");
  await stacked({ Api: api });
  expect(left()).toEqual({ requests: 1, certificates: 1 });
});

it("what somebody else imported under its id stays", async () => {
  await stacked({ Api: api, Certificate: requested() });
  await put("IMPORTED");
  await stacked({ Api: api });
  expect(left()).toEqual({ requests: 0, certificates: 1 });
});
