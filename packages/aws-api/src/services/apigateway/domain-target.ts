import { stableId } from "@tollgate/openapi";

/** The hosted zone of regional domains in us-east-1, and that of CloudFront's distributions. */
export const REGIONAL_ZONE = "Z1UJRXOUMOOFQ8";
const EDGE_ZONE = "Z2FDTNDATAQYW2";

/** regionalTarget is the name that AWS would give a regional domain, which nothing is reached by here. */
export const regionalTarget = (domainName: string, region: string): string =>
  `d-${stableId(domainName)}.execute-api.${region}.amazonaws.com`;

/** shownTargets are where AWS's clients look for the target of a domain's record, by its endpoint type. */
export function shownTargets(domainName: string, types: readonly string[], region: string): object {
  if (types.includes("REGIONAL"))
    return { regionalDomainName: regionalTarget(domainName, region), regionalHostedZoneId: REGIONAL_ZONE };
  if (types.includes("EDGE"))
    return {
      distributionDomainName: `d${stableId(domainName)}.cloudfront.net`,
      distributionHostedZoneId: EDGE_ZONE,
    };
  return {};
}
