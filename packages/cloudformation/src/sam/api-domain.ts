import { shown } from "../shown.ts";
import { picked } from "./known-properties.ts";
import { logicalIdOf } from "./logical-id.ts";
import { isNode, listOf, type Node, nodeOf, present } from "./node.ts";
import { fail, passedOn, type SamContext, type SamResource } from "./sam-context.ts";

const ENDPOINTS = ["EDGE", "REGIONAL", "PRIVATE"];
/** Properties of a domain that are passed on unchanged. */
const DOMAIN_PROPERTIES = [
  "SecurityPolicy",
  "EndpointAccessMode",
  "Policy",
  "OwnershipVerificationCertificateArn",
];
const CLOUDFRONT_ZONE = "Z2FDTNDATAQYW2";

const plainPath = (path: string) => path.replaceAll(/[^A-Za-z0-9]/g, "");

/** Base paths of a domain; undefined: the whole domain. */
function basePathsOf(domain: Node): readonly string[] | undefined {
  const given = domain.BasePath;
  return given ? listOf(given).map(shown) : undefined;
}

/** mutualTlsOf are the client certificates that a domain requires; undefined: none. SAM leaves out a version 0. */
export function mutualTlsOf(domain: Node): Node | undefined {
  const given = nodeOf(domain.MutualTlsAuthentication);
  if (Object.keys(given).length === 0) return undefined;
  const { TruststoreUri: uri, TruststoreVersion: version } = given;
  return present({ TruststoreUri: uri || undefined, TruststoreVersion: version || undefined });
}

function domainProperties(domain: Node, endpoint: string): Node {
  const isPrivate = endpoint === "PRIVATE";
  return present({
    DomainName: domain.DomainName,
    [endpoint === "REGIONAL" ? "RegionalCertificateArn" : "CertificateArn"]: domain.CertificateArn,
    EndpointConfiguration: present({ Types: [endpoint], IpAddressType: domain.IpAddressType || undefined }),
    MutualTlsAuthentication: isPrivate ? undefined : mutualTlsOf(domain),
    ...picked(domain, DOMAIN_PROPERTIES),
  });
}

function aliasTarget(endpoint: string, domainId: unknown, route53: Node): Node {
  const attribute = (name: string) => ({ "Fn::GetAtt": [domainId, name] });
  const health = present({ EvaluateTargetHealth: route53.EvaluateTargetHealth });
  if (endpoint === "REGIONAL")
    return {
      ...health,
      HostedZoneId: attribute("RegionalHostedZoneId"),
      DNSName: attribute("RegionalDomainName"),
    };
  if (endpoint === "EDGE")
    return {
      ...health,
      HostedZoneId: CLOUDFRONT_ZONE,
      DNSName: route53.DistributionDomainName ?? attribute("DistributionDomainName"),
    };
  return { ...health, HostedZoneId: route53.VpcEndpointHostedZoneId, DNSName: route53.VpcEndpointDomainName };
}

/** addRecordSets adds a domain's records to the group of its zone, or to a separate one (SAM: Route53Configuration). */
export function addRecordSets(
  context: SamContext,
  api: SamResource,
  domain: Node,
  endpoint: string,
  domainId: unknown,
): void {
  const { Route53: route53 } = domain;
  if (!isNode(route53)) return;
  const zone = route53.HostedZoneId ?? route53.HostedZoneName;
  if (zone === undefined)
    return fail(context, api.logicalId, ["Domain", "Route53"], "requires HostedZoneId or HostedZoneName");
  const separate = route53.SeparateRecordSetGroup === true;
  const { DomainName: hashedName, Route53: hashedRoute } = nodeOf(api.hashed.Domain);
  const hashedZone = nodeOf(hashedRoute).HostedZoneId ?? nodeOf(hashedRoute).HostedZoneName;
  const id = separate
    ? logicalIdOf("RecordSetGroup", [hashedZone, hashedName])
    : `RecordSetGroup${logicalIdOf("", hashedZone)}`;
  const target = aliasTarget(endpoint, domainId, route53);
  const record = (type: string) =>
    present({
      Name: domain.DomainName,
      Type: type,
      AliasTarget: target,
      Region: route53.Region,
      SetIdentifier: route53.SetIdentifier,
    });
  const group = context.recordSets.get(id) ?? {
    Type: "AWS::Route53::RecordSetGroup",
    ...passedOn(api),
    Properties: present({
      HostedZoneId: route53.HostedZoneId,
      HostedZoneName: route53.HostedZoneName,
      RecordSets: [],
    }),
  };
  const properties = nodeOf(group.Properties);
  const sets = [record("A"), ...(route53.IpV6 === true ? [record("AAAA")] : [])];
  properties.RecordSets = [...listOf(properties.RecordSets), ...sets];
  context.recordSets.set(id, group);
  context.put(id, group, api.logicalId);
}

/** addDomain creates an API's custom domain with its mappings (SAM: DomainConfiguration). */
export function addDomain(context: SamContext, api: SamResource, stageId: string): void {
  const { Domain: domain } = api.properties;
  if (domain === undefined || domain === null) return;
  if (!isNode(domain)) return fail(context, api.logicalId, ["Domain"], "must be an object");
  for (const member of ["DomainName", "CertificateArn"])
    if (domain[member] === undefined) return fail(context, api.logicalId, ["Domain"], `${member} is missing`);
  const endpoint = shown(domain.EndpointConfiguration ?? "REGIONAL");
  if (!ENDPOINTS.includes(endpoint))
    return fail(
      context,
      api.logicalId,
      ["Domain", "EndpointConfiguration"],
      `must be one of ${ENDPOINTS.join(", ")}`,
    );
  const isPrivate = endpoint === "PRIVATE";
  const domainId = `ApiGatewayDomainName${isPrivate ? "V2" : ""}${logicalIdOf("", nodeOf(api.hashed.Domain).DomainName)}`;
  const shared = passedOn(api);
  context.put(
    domainId,
    {
      Type: isPrivate ? "AWS::ApiGateway::DomainNameV2" : "AWS::ApiGateway::DomainName",
      ...shared,
      Properties: domainProperties(domain, endpoint),
    },
    api.logicalId,
  );
  const isPlain = domain.NormalizeBasePath !== false;
  const mappings = basePathsOf(domain)?.map((path) => ({
    id: `${api.logicalId}${plainPath(path)}BasePathMapping`,
    path: isPlain ? plainPath(path) : path,
  })) ?? [{ id: `${api.logicalId}BasePathMapping`, path: undefined }];
  for (const { id, path } of mappings)
    context.put(
      id,
      {
        Type: isPrivate ? "AWS::ApiGateway::BasePathMappingV2" : "AWS::ApiGateway::BasePathMapping",
        ...shared,
        Properties: present({
          [isPrivate ? "DomainNameArn" : "DomainName"]: { Ref: domainId },
          RestApiId: { Ref: api.logicalId },
          Stage: { Ref: stageId },
          BasePath: path,
        }),
      },
      api.logicalId,
    );
  addAccessAssociation(context, api, domain, domainId, isPrivate);
  addRecordSets(context, api, domain, endpoint, isPrivate ? domain.DomainName : domainId);
  context.aliases.set(`${api.logicalId}.DomainName${isPrivate ? "V2" : ""}`, domainId);
}

function addAccessAssociation(
  context: SamContext,
  api: SamResource,
  domain: Node,
  domainId: string,
  isPrivate: boolean,
): void {
  const { AccessAssociation: association } = domain;
  if (!isPrivate || association === undefined) return;
  if (!isNode(association))
    return fail(context, api.logicalId, ["Domain", "AccessAssociation"], "must be an object");
  const endpointId = association.VpcEndpointId;
  const hashedEndpoint = nodeOf(nodeOf(api.hashed.Domain).AccessAssociation).VpcEndpointId;
  context.put(
    logicalIdOf("DomainNameAccessAssociation", [hashedEndpoint, domainId]),
    {
      Type: "AWS::ApiGateway::DomainNameAccessAssociation",
      ...passedOn(api),
      Properties: {
        DomainNameArn: { Ref: domainId },
        AccessAssociationSourceType: "VPCE",
        AccessAssociationSource: endpointId,
      },
    },
    api.logicalId,
  );
}
