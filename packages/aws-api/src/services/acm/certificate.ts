import { randomUUID } from "node:crypto";
import { certificateArn, certificateIdIn } from "@tollgate/config";
import type { AccountView, Stored } from "../../port.ts";
import type { JsonOperation, JsonRequest } from "../../protocol/json/operation.ts";
import type { Shape } from "../../protocol/json/shape.ts";
import { detailOf, pemsOf, summaryOf } from "./certificate-detail.ts";
import { acmError, inUse, notFound, notThereYet } from "./errors.ts";
import { refuseImport } from "./import-rules.ts";
import type { Members } from "./members.ts";
import { pendingDetailOf, pendingSummaryOf } from "./requested-certificate.ts";
import { TAGS, tagsOf } from "./tag-list.ts";
import { usersOf } from "./users.ts";

const STRING: Shape = { type: "string" };
const STRINGS: Shape = { type: "list", of: STRING };
const BLOB: Shape = { type: "blob" };
const LIST_MAX = 1000;
/** ListCertificates shows no others unless it is asked to (AWS: Filters.keyTypes). */
const LISTED_KEY_TYPES = ["RSA_1024", "RSA_2048"];

const BY_ARN = {
  type: "structure",
  members: { CertificateArn: STRING },
  required: ["CertificateArn"],
} as const;

const arnIn = ({ input }: JsonRequest): string => String(input.CertificateArn);

/** The id of the certificate that a request names by its ARN. */
function idIn(request: JsonRequest): string {
  const arn = arnIn(request);
  const { accountId } = request.caller;
  const id = arn.startsWith("arn:") ? certificateIdIn(arn, accountId) : undefined;
  if (!/^arn:aws:acm:[a-z0-9-]+:\d{12}:certificate\/.+/.test(arn))
    throw acmError("InvalidArnException", `Invalid certificate ARN: ${arn}`);
  const isHere = id !== undefined && arn === certificateArn(request.region, accountId, id);
  if (!isHere) throw notFound(arn);
  return id;
}

/** found is the certificate that a request names by its ARN. */
export function found(request: JsonRequest, account: AccountView): Stored<"Certificate"> {
  const stored = account.get("Certificate", "", idIn(request));
  if (!stored) throw notFound(arnIn(request));
  return stored;
}

/** foundRequest is what was requested under an ARN and is not issued yet; undefined: there is a certificate, or nothing. */
export function foundRequest(
  request: JsonRequest,
  account: AccountView,
): Stored<"CertificateRequest"> | undefined {
  const id = idIn(request);
  return account.get("Certificate", "", id) ? undefined : account.get("CertificateRequest", "", id);
}

const accountOf = ({ application, caller }: JsonRequest): AccountView =>
  application.account(caller.accountId);

const text = (value: unknown): string | undefined =>
  Buffer.isBuffer(value) ? value.toString("utf8") : undefined;

async function importCertificate(request: JsonRequest): Promise<Members> {
  const { input, application, caller, region } = request;
  const { accountId } = caller;
  const isAgain = input.CertificateArn !== undefined;
  if (isAgain && input.Tags !== undefined)
    throw acmError("ValidationException", "Tagging is not permitted on re-import.");
  const certificate = text(input.Certificate) ?? "";
  const chain = text(input.CertificateChain);
  refuseImport(certificate, chain);
  let id: string = randomUUID();
  await application.change(accountId, (account) => {
    const before = isAgain ? found(request, account).entity : undefined;
    id = before?.id ?? id;
    const spec = {
      certificate,
      ...(chain === undefined ? {} : { certificateChain: chain }),
      privateKey: text(input.PrivateKey),
      ...(isAgain
        ? { tags: before?.spec.tags }
        : input.Tags === undefined
          ? {}
          : { tags: tagsOf(input.Tags) }),
    };
    return { puts: [{ kind: "Certificate", apiId: "", id, spec }] };
  });
  return { CertificateArn: certificateArn(region, accountId, id) };
}

async function deleteCertificate(request: JsonRequest): Promise<Members> {
  const { accountId } = request.caller;
  await request.application.change(accountId, (account) => {
    const { entity } = foundRequest(request, account) ?? found(request, account);
    if (usersOf(account, entity.id).length > 0) throw inUse(arnIn(request), accountId);
    const requested = account.get("CertificateRequest", "", entity.id)?.entity;
    return { deletes: requested && requested !== entity ? [entity, requested] : [entity] };
  });
  return {};
}

function listCertificates(request: JsonRequest): Members {
  const { input, region } = request;
  const account = accountOf(request);
  const most = (input.MaxItems as number | undefined) ?? LIST_MAX;
  if (most < 1 || most > LIST_MAX)
    throw acmError("ValidationException", `Value '${most}' at 'maxItems' must be from 1 to ${LIST_MAX}`);
  const { keyTypes = LISTED_KEY_TYPES } = (input.Includes ?? {}) as { keyTypes?: readonly string[] };
  const statuses = input.CertificateStatuses as readonly string[] | undefined;
  const after = input.NextToken as string | undefined;
  const isOnPage = ({ entity }: Stored) => after === undefined || entity.id > after;
  const certificates = account
    .list("Certificate", "")
    .filter(isOnPage)
    .map((stored) => ({ id: stored.entity.id, summary: summaryOf(account, stored, region) }));
  const pending = account
    .list("CertificateRequest", "")
    .filter((stored) => isOnPage(stored) && !account.get("Certificate", "", stored.entity.id))
    .map((stored) => ({ id: stored.entity.id, summary: pendingSummaryOf(account, stored, region) }));
  const all = [...certificates, ...pending]
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    .filter(({ summary }) => keyTypes.includes(String(summary.KeyAlgorithm)))
    .filter(({ summary }) => statuses === undefined || statuses.includes(String(summary.Status)));
  const page = all.slice(0, most);
  return {
    CertificateSummaryList: page.map(({ summary }) => summary),
    ...(all.length > page.length ? { NextToken: page.at(-1)?.id } : {}),
  };
}

/** certificateOperations are the operations of certificates. */
export const certificateOperations: readonly JsonOperation[] = [
  {
    name: "ImportCertificate",
    input: {
      type: "structure",
      members: {
        CertificateArn: STRING,
        Certificate: BLOB,
        PrivateKey: BLOB,
        CertificateChain: BLOB,
        Tags: TAGS,
      },
      required: ["Certificate", "PrivateKey"],
    },
    resource: (request) => (request.input.CertificateArn === undefined ? "*" : arnIn(request)),
    run: importCertificate,
  },
  {
    name: "DescribeCertificate",
    input: BY_ARN,
    isReadOnly: true,
    resource: arnIn,
    run: (request) => {
      const account = accountOf(request);
      const pending = foundRequest(request, account);
      const zone = request.application.validationZone;
      return {
        Certificate: pending
          ? pendingDetailOf(account, pending, request.region, zone)
          : detailOf(account, found(request, account), request.region, zone),
      };
    },
  },
  {
    name: "GetCertificate",
    input: BY_ARN,
    isReadOnly: true,
    resource: arnIn,
    run: (request) => {
      const account = accountOf(request);
      if (foundRequest(request, account)) throw notThereYet(arnIn(request));
      return pemsOf(found(request, account).entity.spec);
    },
  },
  {
    name: "ListCertificates",
    input: {
      type: "structure",
      members: {
        CertificateStatuses: STRINGS,
        Includes: { type: "structure", members: { keyTypes: STRINGS } },
        MaxItems: { type: "integer" },
        NextToken: STRING,
        SortBy: STRING,
        SortOrder: STRING,
      },
    },
    isReadOnly: true,
    resource: () => "*",
    run: listCertificates,
  },
  { name: "DeleteCertificate", input: BY_ARN, resource: arnIn, run: deleteCertificate },
];
