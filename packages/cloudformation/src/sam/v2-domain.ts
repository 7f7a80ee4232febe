import { shown } from "../shown.ts";
import { addRecordSets, mutualTlsOf } from "./api-domain.ts";
import { picked } from "./known-properties.ts";
import { logicalIdOf } from "./logical-id.ts";
import { isNode, listOf, type Node, nodeOf, present } from "./node.ts";
import { fail, passedOn, type SamContext, type SamResource } from "./sam-context.ts";

function mappingsOf(context: SamContext, { logicalId }: SamResource, domain: Node) {
  if (!domain.BasePath) return [{ id: `${logicalId}ApiMapping`, key: undefined }];
  return listOf(domain.BasePath).map((given) => {
    const path = shown(given);
    if (/[^0-9a-zA-Z/\-_]/.test(path))
      fail(context, logicalId, ["Domain", "BasePath"], `'${path}' must contain only a-z, A-Z, 0-9 and /-_`);
    return {
      id: `${logicalId}${path.replaceAll(/[-_/]+/g, "")}ApiMapping`,
      key: path.replaceAll(/^\/+|\/+$/g, ""),
    };
  });
}

/** addV2Domain creates the custom domain of an HTTP or WebSocket API with its mappings. */
export function addV2Domain(context: SamContext, api: SamResource, stageId: string, tags: unknown): void {
  const { Domain: domain } = api.properties;
  if (domain === undefined || domain === null) return;
  if (!isNode(domain)) return fail(context, api.logicalId, ["Domain"], "must be an object");
  for (const member of ["DomainName", "CertificateArn"])
    if (domain[member] === undefined) return fail(context, api.logicalId, ["Domain"], `${member} is missing`);
  const endpoint = domain.EndpointConfiguration ?? "REGIONAL";
  if (endpoint !== "REGIONAL")
    return fail(context, api.logicalId, ["Domain", "EndpointConfiguration"], "must be REGIONAL");
  const domainId = `ApiGatewayDomainNameV2${logicalIdOf("", nodeOf(api.hashed.Domain).DomainName)}`;
  const shared = passedOn(api);
  context.put(
    domainId,
    {
      ...shared,
      Type: "AWS::ApiGatewayV2::DomainName",
      Properties: present({
        DomainName: domain.DomainName,
        DomainNameConfigurations: [
          {
            EndpointType: endpoint,
            ...picked(domain, ["CertificateArn", "OwnershipVerificationCertificateArn", "SecurityPolicy"]),
          },
        ],
        MutualTlsAuthentication: mutualTlsOf(domain),
        Tags: tags,
      }),
    },
    api.logicalId,
  );
  for (const { id, key } of mappingsOf(context, api, domain))
    context.put(
      id,
      {
        ...shared,
        Type: "AWS::ApiGatewayV2::ApiMapping",
        Properties: present({
          DomainName: { Ref: domainId },
          ApiId: { Ref: api.logicalId },
          Stage: { Ref: stageId },
          ApiMappingKey: key,
        }),
      },
      api.logicalId,
    );
  addRecordSets(context, api, domain, endpoint, domainId);
  context.aliases.set(`${api.logicalId}.DomainName`, domainId);
}
