import { NO_BASE_PATH } from "@tollgate/config";
import { z } from "zod";
import { compact, json, tags, text, texts } from "../properties.ts";
import { physicalText, resourceType, type TemplateResource } from "../resource-type.ts";
import type { StackDraft } from "../stack-draft.ts";
import { shown } from "../shown.ts";

const endpoint = z
  .strictObject({ Types: texts.optional(), IpAddressType: text.optional(), VpcEndpointIds: texts.optional() })
  .optional();

const shared = {
  CertificateArn: text.optional(),
  DomainName: text,
  EndpointAccessMode: text.optional(),
  EndpointConfiguration: endpoint,
  RoutingMode: text.optional(),
  SecurityPolicy: text.optional(),
  Tags: tags.optional(),
};

const domainProperties = z.strictObject({
  ...shared,
  MutualTlsAuthentication: z
    .strictObject({ TruststoreUri: text.optional(), TruststoreVersion: text.optional() })
    .optional(),
  OwnershipVerificationCertificateArn: text.optional(),
  RegionalCertificateArn: text.optional(),
  Policy: json.optional(),
});
type DomainProperties = z.output<typeof domainProperties>;

function emitDomain(resource: TemplateResource, given: DomainProperties, draft: StackDraft): void {
  const { EndpointConfiguration: at, MutualTlsAuthentication: mutual, Policy: policy } = given;
  const spec = compact({
    certificateArn: given.CertificateArn,
    regionalCertificateArn: given.RegionalCertificateArn,
    ownershipVerificationCertificateArn: given.OwnershipVerificationCertificateArn,
    endpointConfiguration:
      at &&
      compact({
        types: at.Types ?? ["EDGE"],
        ipAddressType: at.IpAddressType,
        vpcEndpointIds: at.VpcEndpointIds,
      }),
    endpointAccessMode: given.EndpointAccessMode,
    routingMode: given.RoutingMode,
    securityPolicy: given.SecurityPolicy,
    mutualTlsAuthentication:
      mutual && compact({ truststoreUri: mutual.TruststoreUri, truststoreVersion: mutual.TruststoreVersion }),
    policy: policy === undefined || typeof policy === "string" ? policy : JSON.stringify(policy),
    tags: given.Tags,
    basePathMappings: {},
  });
  draft.put({ kind: "DomainName", id: given.DomainName, spec }, resource);
}

/** domainAttributes are what AWS would call a domain's own name and zone: here it is the domain itself. */
export const domainAttributes = {
  DistributionDomainName: physicalText("DomainName"),
  DistributionHostedZoneId: () => "Z2FDTNDATAQYW2",
  RegionalDomainName: physicalText("DomainName"),
  RegionalHostedZoneId: () => "Z1UJRXOUMOOFQ8",
  DomainNameArn: (resource: TemplateResource, { stack }: StackDraft) =>
    `arn:aws:apigateway:${stack.region}::/domainnames/${shown(resource.property("DomainName"))}`,
};

/** AWS::ApiGateway::DomainName. */
export const domainName = resourceType<DomainProperties>({
  properties: domainProperties,
  ref: physicalText("DomainName"),
  attributes: domainAttributes,
  emit: emitDomain,
});

const privateArn = (resource: TemplateResource, { stack }: StackDraft) =>
  `arn:aws:apigateway:${stack.region}:${stack.accountId}:/domainnames/${shown(resource.property("DomainName"))}+${resource.stableId}`;

/** AWS::ApiGateway::DomainNameV2: a private domain. */
export const domainNameV2 = resourceType<DomainProperties>({
  properties: domainProperties,
  ref: privateArn,
  attributes: { ...domainAttributes, DomainNameArn: privateArn, DomainNameId: ({ stableId }) => stableId },
  emit: emitDomain,
});

/** A domain is named by itself, or by its ARN. */
const domainOf = (given: string) => given.replace(/^arn:.*\/domainnames\//, "").replace(/\+.*$/, "");

function emitMapping(
  resource: TemplateResource,
  given: {
    domain: string;
    restApiId?: string | undefined;
    stage?: string | undefined;
    basePath?: string | undefined;
  },
  draft: StackDraft,
): void {
  const { domain, restApiId, stage, basePath = "" } = given;
  const mappings = draft.basePathMappings(domain, resource);
  const at = [...resource.at, "Properties"];
  if (!mappings) return;
  if (restApiId === undefined) return draft.findings.add("error", at, "RestApiId is missing");
  const key = basePath === "" ? NO_BASE_PATH : basePath;
  if (Object.hasOwn(mappings, key))
    return draft.findings.add("error", at, `the domain has a mapping of '${key}' already`);
  mappings[key] = compact({ restApiId, stage });
}

const mappingProperties = z.strictObject({
  BasePath: text.optional(),
  DomainName: text,
  Id: text.optional(),
  RestApiId: text.optional(),
  Stage: text.optional(),
});

/** AWS::ApiGateway::BasePathMapping. */
export const basePathMapping = resourceType<z.output<typeof mappingProperties>>({
  properties: mappingProperties,
  ref: ({ stableId }) => stableId,
  emit: (resource, given, draft) =>
    emitMapping(
      resource,
      {
        domain: domainOf(given.DomainName),
        restApiId: given.RestApiId,
        stage: given.Stage,
        basePath: given.BasePath,
      },
      draft,
    ),
});

const mappingV2Properties = z.strictObject({
  BasePath: text.optional(),
  DomainNameArn: text,
  RestApiId: text.optional(),
  Stage: text.optional(),
});

/** AWS::ApiGateway::BasePathMappingV2: a mapping of a private domain. */
export const basePathMappingV2 = resourceType<z.output<typeof mappingV2Properties>>({
  properties: mappingV2Properties,
  ref: ({ stableId }) => stableId,
  attributes: { BasePathMappingArn: ({ stableId }) => stableId },
  emit: (resource, given, draft) =>
    emitMapping(
      resource,
      {
        domain: domainOf(given.DomainNameArn),
        restApiId: given.RestApiId,
        stage: given.Stage,
        basePath: given.BasePath,
      },
      draft,
    ),
});

const associationProperties = z.strictObject({
  AccessAssociationSource: text,
  AccessAssociationSourceType: text,
  DomainNameArn: text,
  Tags: tags.optional(),
});

/** AWS::ApiGateway::DomainNameAccessAssociation. */
export const domainNameAccessAssociation = resourceType<z.output<typeof associationProperties>>({
  properties: associationProperties,
  ref: ({ stableId }) => stableId,
  attributes: { DomainNameAccessAssociationArn: ({ stableId }) => stableId },
  emit(resource, given, draft) {
    const spec = compact({
      domainName: domainOf(given.DomainNameArn),
      accessAssociationSourceType: given.AccessAssociationSourceType,
      accessAssociationSource: given.AccessAssociationSource,
      tags: given.Tags,
    });
    draft.put({ kind: "DomainNameAccessAssociation", id: resource.stableId, spec }, resource);
  },
});
