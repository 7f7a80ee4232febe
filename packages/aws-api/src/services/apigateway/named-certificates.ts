import { certificateArn, certificateIdIn, chainOf, type SpecOf } from "@tollgate/config";
import type { AccountView } from "../../port.ts";
import { badRequest } from "./errors.ts";

type Spec = SpecOf<"DomainName">;

const ARNS = ["certificateArn", "regionalCertificateArn", "ownershipVerificationCertificateArn"] as const;
type Named = Partial<Pick<Spec, (typeof ARNS)[number] | "endpointConfiguration">>;

/** The region of the certificates of edge-optimized domains on AWS. */
const REGION_OF_EDGE = "us-east-1";

/** What a certificate is looked up in. */
interface Place {
  readonly account: AccountView;
  readonly region: string;
}

/** Each member is for one type of endpoint (anomalyco/sst #4131 and hashicorp/terraform-provider-aws #3276 quote AWS). */
function refuseOtherType(member: (typeof ARNS)[number], type: string): void {
  if (member === "certificateArn" && type === "REGIONAL")
    throw badRequest(
      "Cannot import certificates for EDGE while REGIONAL is active.",
      "certificateArn is for domains with the endpoint type EDGE or PRIVATE: use regionalCertificateArn",
    );
  if (member !== "regionalCertificateArn" || type === "REGIONAL") return;
  const right = "regionalCertificateArn is for domains with the endpoint type REGIONAL: use certificateArn";
  throw type === "EDGE"
    ? badRequest(
        "A certificate was not provided for the endpoint type EDGE.",
        `${right}, or the type REGIONAL in endpointConfiguration`,
      )
    : badRequest(right);
}

/** refuseWrongArn refuses what names no certificate of this account and region. */
function refuseWrongArn(arn: string, { account: { accountId }, region }: Place, isEdge: boolean): void {
  const wanted = certificateArn(region, accountId, "{id}");
  const [, region_, owner] =
    /^arn:aws:acm:([a-z0-9-]+):(\d{12}):certificate\/[A-Za-z0-9-]{1,64}$/.exec(arn) ?? [];
  if (owner === undefined)
    throw badRequest(`Invalid certificate ARN: ${arn}`, `it must be the ARN of a certificate, ${wanted}`);
  if (region_ !== region && !(isEdge && region_ === REGION_OF_EDGE))
    throw badRequest(
      `Invalid certificate ARN: ${arn}. Certificate must be in '${isEdge ? REGION_OF_EDGE : region}'.`,
    );
  // aws/aws-cdk #10529 quotes AWS.
  if (owner !== accountId)
    throw badRequest(
      "The certificate provided must be owned by the account creating the domain.",
      `${arn} is of the account ${owner}: it must be ${wanted}`,
    );
}

/** What is not there at all is refused by the check of all that is written. */
function refuseUnusable(arn: string, account: AccountView): void {
  const { accountId } = account;
  const id = certificateIdIn(arn, accountId);
  if (id === undefined) return;
  const stored = account.get("Certificate", "", id);
  if (!stored && account.get("CertificateRequest", "", id))
    throw badRequest(`Certificate ${arn} in account ${accountId} not yet issued`);
  const [leaf] = chainOf(stored?.entity.spec.certificate ?? "") ?? [];
  if (leaf && leaf.validToDate.getTime() < Date.now())
    throw badRequest(`Certificate ${arn} in account ${accountId} has expired`, `it ended ${leaf.validTo}`);
}

/**
 * refuseCertificates refuses a domain, new or changed, by the ARNs of certificates that it did not name before: what is of another type of endpoint, or no
 * certificate of this account and region, or not issued, or has expired. Whether it is there, and has the name of the domain, is checked of all that is written.
 */
export function refuseCertificates(place: Place, spec: Named, before: Named = {}): void {
  const type = spec.endpointConfiguration?.types[0] ?? "EDGE";
  for (const member of ARNS) {
    const arn = spec[member];
    if (typeof arn !== "string" || arn === before[member]) continue;
    refuseOtherType(member, type);
    refuseWrongArn(arn, place, type === "EDGE");
    if (member !== "ownershipVerificationCertificateArn") refuseUnusable(arn, place.account);
  }
}
