import { randomUUID } from "node:crypto";
import { certificateArn, uuidOf } from "@tollgate/config";
import type { IssueRequest } from "../../port.ts";
import type { JsonOperation, JsonRequest } from "../../protocol/json/operation.ts";
import type { Shape } from "../../protocol/json/shape.ts";
import { acmError } from "./errors.ts";
import type { Members } from "./members.ts";
import { TAGS, tagsOf } from "./tag-list.ts";

const STRING: Shape = { type: "string" };
/** As ACM's model has it: at least two labels. */
const DOMAIN = /^(\*\.)?(((?!-)[A-Za-z0-9-]{0,62}[A-Za-z0-9])\.)+((?!-)[A-Za-z0-9-]{1,62}[A-Za-z0-9])$/;
const DOMAIN_MAX = 253;
/** Of the first name, which is the common name of the subject (X.520, ub-common-name). */
const COMMON_NAME_MAX = 64;
/** ACM's quota of names of a certificate. */
const NAMES_MAX = 10;
const KEY_TYPES = ["EC_prime256v1", "RSA_2048"] as const;

const METHODS: readonly string[] = ["DNS", "EMAIL", "HTTP"];

const validation = (message: string) => acmError("ValidationException", message);

function namesOf({ input }: JsonRequest): [string, ...string[]] {
  const domainName = String(input.DomainName);
  const more = (input.SubjectAlternativeNames ?? []) as readonly string[];
  const names = [...new Set([domainName, ...more].map((name) => name.toLowerCase()))];
  if (names.length > NAMES_MAX)
    throw acmError("LimitExceededException", `A certificate may have at most ${NAMES_MAX} names.`);
  for (const name of names)
    if (name.length > DOMAIN_MAX || !DOMAIN.test(name))
      throw validation(`Value '${name}' must be a domain name, such as www.example.com or *.example.com`);
  if (domainName.length > COMMON_NAME_MAX)
    throw validation(
      `Value '${domainName}' at 'domainName' must have at most ${COMMON_NAME_MAX} characters: longer names belong in SubjectAlternativeNames`,
    );
  return names as [string, ...string[]];
}

function keyTypeOf({ input }: JsonRequest): IssueRequest["keyType"] {
  const asked = input.KeyAlgorithm ?? "RSA_2048";
  const keyType = KEY_TYPES.find((known) => known === asked);
  if (!keyType)
    throw validation(`Value '${String(asked)}' at 'keyAlgorithm' must be one of ${KEY_TYPES.join(", ")}`);
  return keyType;
}

/** Without a zone, DNS is what the names are proved to nodes by all the same. */
function methodOf({ input }: JsonRequest): string | undefined {
  const method = input.ValidationMethod as string | undefined;
  if (method !== undefined && !METHODS.includes(method))
    throw validation(`Value '${method}' at 'validationMethod' must be one of ${METHODS.join(", ")}`);
  return method;
}

/** A request that is repeated with its token gets the certificate of the first. */
function idOf({ input, caller }: JsonRequest, names: readonly string[]): string {
  const token = input.IdempotencyToken;
  if (token === undefined) return randomUUID();
  if (!/^\w{1,32}$/.test(String(token)))
    throw validation(
      `Value '${String(token)}' at 'idempotencyToken' must have 1 to 32 characters of a-z, A-Z, 0-9 and _`,
    );
  return uuidOf(`${caller.accountId}/${String(token)}/${names.join()}`);
}

/** Authorities of private certificates are all the same: the internal one (AWS: a private CA). */
function isInternal({ input, application }: JsonRequest): boolean {
  const arn = input.CertificateAuthorityArn;
  if (arn === undefined) return !application.ordersCertificates;
  if (!/^arn:aws:acm-pca:[a-z0-9-]+:\d{12}:certificate-authority\/.+/.test(String(arn)))
    throw acmError("InvalidArnException", `Invalid certificate authority ARN: ${String(arn)}`);
  return true;
}

/** A certificate that an ACME authority issues once the names are proved, which takes a while. */
async function order(
  request: JsonRequest,
  {
    id,
    names,
    method,
  }: { readonly id: string; readonly names: readonly string[]; readonly method: string | undefined },
): Promise<void> {
  const { input, application, caller } = request;
  const wildcard = names.find((name) => name.startsWith("*."));
  const hasZone = application.validationZone !== undefined;
  if (wildcard !== undefined && !hasZone)
    throw validation(
      `Value '${wildcard}' can be proved by DNS only, which this gateway cannot do, as TOLLGATE_ACME_DNS is not set: import a certificate, or request one of the internal authority by a CertificateAuthorityArn`,
    );
  const isByDns = hasZone && (wildcard !== undefined || method === "DNS");
  const tags = input.Tags === undefined ? {} : { tags: tagsOf(input.Tags) };
  const spec = {
    names,
    keyType: keyTypeOf(request),
    authority: "ACME",
    ...(isByDns ? { validation: "DNS" } : {}),
    ...tags,
  };
  await application.change(caller.accountId, (account) =>
    account.get("CertificateRequest", "", id)
      ? {}
      : { puts: [{ kind: "CertificateRequest", apiId: "", id, spec }] },
  );
}

async function requestCertificate(request: JsonRequest): Promise<Members> {
  const { input, application, caller, region } = request;
  const names = namesOf(request);
  const method = methodOf(request);
  const id = idOf(request, names);
  const CertificateArn = certificateArn(region, caller.accountId, id);
  if (application.account(caller.accountId).get("Certificate", "", id)) return { CertificateArn };
  if (!isInternal(request)) {
    await order(request, { id, names, method });
    return { CertificateArn };
  }
  const issued = await application.issueCertificate({ names, keyType: keyTypeOf(request) });
  const tags = input.Tags === undefined ? {} : { tags: tagsOf(input.Tags) };
  await application.change(caller.accountId, () => ({
    puts: [{ kind: "Certificate", apiId: "", id, spec: { ...issued, origin: "ISSUED", ...tags } }],
  }));
  return { CertificateArn };
}

/** requestOperation issues a certificate: the internal authority at once, as it asks for no proof of a domain. */
export const requestOperation: JsonOperation = {
  name: "RequestCertificate",
  input: {
    type: "structure",
    members: {
      DomainName: STRING,
      SubjectAlternativeNames: { type: "list", of: STRING },
      IdempotencyToken: STRING,
      KeyAlgorithm: STRING,
      CertificateAuthorityArn: STRING,
      ValidationMethod: STRING,
      Tags: TAGS,
    },
    required: ["DomainName"],
  },
  resource: () => "*",
  run: requestCertificate,
};
