import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, vi } from "vitest";
import { type Authority, openAuthority } from "@tollgate/certificates";
import type { Kind } from "@tollgate/config";
import { createApplicationPort } from "./application-port.ts";
import { type AwsClient, startAwsClient } from "./aws-client.fixture.ts";

export const ACCOUNT = "000000000000";
export const DAY_MS = 24 * 60 * 60 * 1000;
export const arnOf = (id: string, { region = "us-east-1", account = ACCOUNT, service = "acm" } = {}) =>
  `arn:aws:${service}:${region}:${account}:certificate/${id}`;
export const NOWHERE = arnOf("none");

const folder = mkdtempSync(join(tmpdir(), "tollgate-refused-"));
/** PEM texts and ARNs that the rows name. */
export const given: Record<string, string> = {};

/** A certificate that signed itself, by openssl. */
function selfSigned(name: string, ...key: readonly string[]): void {
  const [certificate, privateKey] = [join(folder, "c.pem"), join(folder, "k.pem")];
  const files = ["-keyout", privateKey, "-out", certificate];
  execFileSync(
    "openssl",
    ["req", "-x509", "-nodes", "-days", "30", "-subj", "/CN=a.example.com", ...key, ...files],
    {
      stdio: "ignore",
    },
  );
  given[`${name}.certificate`] = readFileSync(certificate, "utf8");
  given[`${name}.key`] = readFileSync(privateKey, "utf8");
}

async function issue(
  authority: Authority,
  name: string,
  names: [string],
  validMs = 30 * DAY_MS,
): Promise<void> {
  const { certificate, privateKey } = await authority.issue({ names, validMs });
  given[`${name}.certificate`] = certificate;
  given[`${name}.key`] = privateKey;
}

/** startWithCertificates is a gateway with what the rows name. */
export async function startWithCertificates(): Promise<AwsClient> {
  const aws = await startAwsClient();
  const authority = await openAuthority(join(folder, "own"));
  const other = await openAuthority(join(folder, "other"));
  given.ca = authority.certificate;
  given.otherCa = other.certificate;
  await issue(authority, "right", ["right.example.com"]);
  await issue(authority, "second", ["second.example.com"]);
  await issue(authority, "old", ["old.example.com"], -DAY_MS / 1000);
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 10 * DAY_MS });
  await issue(authority, "future", ["future.example.com"]);
  vi.useRealTimers();
  selfSigned("own", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1");
  selfSigned("server", "-newkey", "rsa:2048", "-addext", "keyUsage=digitalSignature,keyEncipherment");
  selfSigned("ed", "-newkey", "ed25519");
  selfSigned("odd", "-newkey", "rsa:1536");
  given.encrypted = execFileSync("openssl", ["pkey", "-aes256", "-passout", "pass:x"], {
    input: given["right.key"],
    encoding: "utf8",
  });
  const imported = await aws.acm("ImportCertificate", blobs("right.certificate", "right.key", "ca"));
  given.imported = String(imported.CertificateArn);
  const put = (kind: Kind, id: string, spec: object) =>
    createApplicationPort(aws.application).change(ACCOUNT, () => ({ puts: [{ kind, apiId: "", id, spec }] }));
  await put("CertificateRequest", "pending", { names: ["right.example.com"], authority: "ACME" });
  await put("Certificate", "short", await authority.issue({ names: ["right.example.com"], validMs: DAY_MS }));
  await aws.made("POST /domainnames", { domainName: "edge.example.com" });
  await aws.made("POST /domainnames", {
    domainName: "regional.example.com",
    endpointConfiguration: { types: ["REGIONAL"] },
  });
  await aws.made("POST /domainnames", {
    domainName: "private.example.com",
    endpointConfiguration: { types: ["PRIVATE"] },
  });
  rmSync(folder, { recursive: true });
  return aws;
}

/** The input of an import: names of PEM texts, or the texts themselves. */
export function blobs(certificate: string, key: string, chain?: string, more: object = {}): object {
  const blob = (text: string) =>
    Buffer.from(
      text
        .split("+")
        .map((name) => given[name] ?? name)
        .join(""),
    ).toString("base64");
  return {
    Certificate: blob(certificate),
    PrivateKey: blob(key),
    ...(chain === undefined ? {} : { CertificateChain: blob(chain) }),
    ...more,
  };
}

export const shown = ({ status, type, message }: { status: number; type?: string; message?: string }) => ({
  status,
  type,
  message,
});
export const refused = (status: number, type: string, message: string | RegExp) => ({
  status,
  type,
  message: typeof message === "string" ? message : (expect.stringMatching(message) as string),
});
