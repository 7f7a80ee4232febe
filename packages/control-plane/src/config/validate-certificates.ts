import {
  certificateIdIn,
  chainOf,
  checkPair,
  configFacts,
  type Entity,
  type Problem,
  problemAt,
} from "@tollgate/config";
import type { View } from "./view.ts";

/** certificateProblems are what is wrong with a certificate on the day on which it is written. One that is there already may end in time. */
export function certificateProblems(
  { id, spec }: Entity<"Certificate">,
  stored: Entity<"Certificate">["spec"] | undefined,
  nowMs = Date.now(),
): Problem[] {
  const at = (member: string) => `Certificate/${id}.${member}`;
  const problems: Problem[] = [];
  const [leaf] = chainOf(spec.certificate) ?? [];
  // The key may be the one that is stored: then the schema has not seen it.
  const wrongKey = leaf && spec.privateKey !== undefined ? checkPair(leaf, spec.privateKey) : undefined;
  if (wrongKey) problems.push(problemAt(at("privateKey"), wrongKey));
  const isSame =
    spec.certificate === stored?.certificate && spec.certificateChain === stored.certificateChain;
  if (isSame) return problems;
  for (const [member, what] of [
    ["certificate", "the certificate"],
    ["certificateChain", "a certificate of the chain"],
  ] as const)
    for (const { validFrom, validTo } of chainOf(spec[member] ?? "") ?? [])
      if (Date.parse(validTo) < nowMs)
        problems.push(problemAt(at(member), configFacts.CERTIFICATE_EXPIRED({ what, validTo })));
      else if (Date.parse(validFrom) > nowMs)
        problems.push(problemAt(at(member), configFacts.CERTIFICATE_NOT_YET_VALID({ what, validFrom })));
  return problems;
}

/** The host name that a certificate must be valid for: of a wildcard, any below it. */
const hostOf = (domainName: string) => domainName.replace(/^\*/, "any");

/** What keeps a domain from presenting a certificate that is not issued yet. */
function requestedProblems(view: View, certificateId: string, domainName: string, path: string): Problem[] {
  const { names = [] } = view.find("CertificateRequest", "", certificateId)?.spec ?? {};
  const wildcard = domainName.replace(/^[^.]+/, "*");
  return names.includes(domainName) || names.includes(wildcard)
    ? []
    : [problemAt(path, configFacts.CERTIFICATE_OF_OTHER_NAMES({ domainName }))];
}

/** requestProblems are what keeps a certificate from being requested under an id. */
export function requestProblems(view: View, { id }: Entity<"CertificateRequest">): Problem[] {
  const certificate = view.find("Certificate", "", id);
  return certificate && certificate.spec.origin !== "ISSUED"
    ? [problemAt(`CertificateRequest/${id}.id`, configFacts.CERTIFICATE_IMPORTED())]
    : [];
}

/** presentedProblems are what keeps a domain from presenting the certificate of its account that it names. */
export function presentedProblems(
  view: View,
  accountId: string,
  { id, spec }: Entity<"DomainName">,
): Problem[] {
  return (["regionalCertificateArn", "certificateArn"] as const).flatMap((member) => {
    const arn = spec[member];
    const certificateId = arn === undefined ? undefined : certificateIdIn(arn, accountId);
    if (arn === undefined || certificateId === undefined) return [];
    const path = `DomainName/${id}.${member}`;
    const certificate = view.find("Certificate", "", certificateId);
    if (!certificate && view.find("CertificateRequest", "", certificateId))
      return requestedProblems(view, certificateId, id, path);
    if (!certificate)
      return arn.startsWith("arn:") ? [problemAt(path, configFacts.CERTIFICATE_MISSING({ arn }))] : [];
    const [leaf] = chainOf(certificate.spec.certificate) ?? [];
    if (leaf?.checkHost(hostOf(id), { partialWildcards: false })) return [];
    return [problemAt(path, configFacts.CERTIFICATE_OF_OTHER_NAMES({ domainName: id }))];
  });
}
