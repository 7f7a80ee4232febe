import { canonicalJson, type Entity, type Problem, problemAt } from "@tollgate/config";
import { compileDomainPolicy } from "@tollgate/pipeline";
import { facts } from "../facts.ts";
import type { View } from "./view.ts";

type Domain = Entity<"DomainName">;
type Spec = Domain["spec"];

/** DomainPlace is where a domain is written. */
interface DomainPlace {
  readonly region: string;
  readonly accountId: string;
}

const isPrivate = ({ endpointConfiguration }: Spec): boolean =>
  endpointConfiguration.types.includes("PRIVATE");

/** What the rules of this file read: as long as none of it changes, a domain that was stored before them stays as it is. */
const judged = ({ endpointConfiguration, mutualTlsAuthentication, policy }: Spec) =>
  canonicalJson({
    types: endpointConfiguration.types,
    mutualTls: mutualTlsAuthentication !== undefined,
    policy,
  });

function policyProblems({ id, spec }: Domain, place: DomainPlace): Problem[] {
  const { policy } = spec;
  const path = `DomainName/${id}.policy`;
  if (policy === undefined) return [];
  if (!isPrivate(spec)) return [problemAt(path, facts.POLICY_OF_PUBLIC_DOMAIN())];
  return compileDomainPolicy(policy, { ...place, domainName: id }).problems.map(({ path: at, message }) =>
    problemAt(`${path}${at}`, facts.POLICY_INVALID({ reason: message })),
  );
}

/** domainProblems are what AWS refuses of custom domains besides their certificates (AWS: custom domain names for public and for private APIs). */
export function domainProblems(domain: Domain, stored: Spec | undefined, place: DomainPlace): Problem[] {
  const { id, spec } = domain;
  if (stored && judged(stored) === judged(spec)) return [];
  const at = (member: string) => `DomainName/${id}.${member}`;
  const problems = policyProblems(domain, place);
  if (isPrivate(spec) && id.startsWith("*.")) problems.push(problemAt(at("id"), facts.PRIVATE_WILDCARD()));
  if (stored && isPrivate(stored) !== isPrivate(spec))
    problems.push(problemAt(at("endpointConfiguration.types"), facts.DOMAIN_MIGRATED()));
  if (spec.mutualTlsAuthentication && !spec.endpointConfiguration.types.includes("REGIONAL"))
    problems.push(problemAt(at("mutualTlsAuthentication"), facts.MUTUAL_TLS_REGIONAL()));
  return problems;
}

/** associationProblems are what keeps a VPC endpoint from being given access to a domain. */
export function associationProblems(
  view: View,
  { id, spec }: Entity<"DomainNameAccessAssociation">,
): Problem[] {
  const domain = view.find("DomainName", "", spec.domainName);
  return domain && !isPrivate(domain.spec)
    ? [problemAt(`DomainNameAccessAssociation/${id}.domainName`, facts.ASSOCIATION_OF_PUBLIC_DOMAIN())]
    : [];
}
