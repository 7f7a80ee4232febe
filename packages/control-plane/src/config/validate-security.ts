import {
  canonicalJson,
  type Entity,
  isEnhanced,
  type Problem,
  problemAt,
  type Secured,
  securityFacts,
} from "@tollgate/config";
import { facts } from "../facts.ts";

type Domain = Entity<"DomainName">;

const judged = ({ securityPolicy, endpointAccessMode, endpointConfiguration }: Secured) =>
  canonicalJson({ securityPolicy, endpointAccessMode, types: endpointConfiguration.types });

/** securityProblems are what AWS refuses of the security policies of APIs and domains. What was stored before stays until one of its members changes. */
export function securityProblems(
  { kind, id, spec }: Entity<"RestApi"> | Domain,
  stored: Secured | undefined,
): Problem[] {
  if (stored && judged(stored) === judged(spec)) return [];
  return securityFacts(spec).map(({ member, fact }) => problemAt(`${kind}/${id}.${member}`, fact));
}

/** What an enhanced policy excludes, of a domain. */
const excluded = ({ securityPolicy, mutualTlsAuthentication, basePathMappings }: Domain["spec"]) =>
  canonicalJson({ securityPolicy, mutualTls: mutualTlsAuthentication !== undefined, basePathMappings });

/** enhancedProblems are what a domain with one of the newer policies cannot have (AWS: considerations for security policies). */
export function enhancedProblems({ id, spec }: Domain, stored: Domain["spec"] | undefined): Problem[] {
  const { securityPolicy: name = "", mutualTlsAuthentication, basePathMappings } = spec;
  if (!isEnhanced(name) || (stored && excluded(stored) === excluded(spec))) return [];
  const at = (member: string) => `DomainName/${id}.${member}`;
  return [
    ...(mutualTlsAuthentication
      ? [problemAt(at("mutualTlsAuthentication"), facts.ENHANCED_WITH_MUTUAL_TLS())]
      : []),
    ...Object.entries(basePathMappings).flatMap(([basePath, { apiId }]) =>
      apiId === undefined
        ? []
        : [problemAt(at(`basePathMappings.${basePath}`), facts.ENHANCED_OF_HTTP_APIS({ name }))],
    ),
  ];
}
