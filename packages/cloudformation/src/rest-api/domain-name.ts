import { z } from "zod";
import { kinds, NO_BASE_PATH, objectAt } from "@tollgate/config";
import type { Exceptions } from "../from-pascal.ts";
import { jsonText, NOT_ON_AWS, tagList } from "../properties.ts";
import { type Given, namedById, physicalText, resourceType } from "../resource-type.ts";
import { shown } from "../shown.ts";
import type { StackDraft } from "../stack-draft.ts";
import type { TemplateResource } from "../template-resource.ts";

const BY_ARN = { absent: "a template names a certificate by its ARN" };

/** domainExceptions are the exceptions of all resource types of domains. */
export const domainExceptions: Exceptions = {
  basePathMappings: { absent: "they are resources of the template" },
  certificateBody: BY_ARN,
  certificateChain: BY_ARN,
  certificateName: { absent: NOT_ON_AWS },
  certificatePrivateKey: BY_ARN,
  regionalCertificateName: { absent: NOT_ON_AWS },
  routingRules: { absent: "they are resources of the template" },
};

const domain = {
  spec: objectAt(kinds.DomainName.spec),
  own: z.object({ domainName: z.string() }),
  exceptions: {
    ...domainExceptions,
    "endpointConfiguration.types": { standard: ["EDGE"] },
    policy: jsonText,
    tags: tagList,
  },
  emit({ resource, spec, own: { domainName: id } }: Given<{ domainName: string }>, draft: StackDraft): void {
    draft.put({ kind: "DomainName", id, spec: { ...spec, basePathMappings: {} } }, resource);
  },
};

/** domainAttributes are the target name and zone of a domain on AWS: here they are the domain itself. */
export const domainAttributes = {
  DistributionDomainName: physicalText("DomainName"),
  DistributionHostedZoneId: () => "Z2FDTNDATAQYW2",
  RegionalDomainName: physicalText("DomainName"),
  RegionalHostedZoneId: () => "Z1UJRXOUMOOFQ8",
  DomainNameArn: (resource: TemplateResource, { stack }: StackDraft) =>
    `arn:aws:apigateway:${stack.region}::/domainnames/${shown(resource.property("DomainName"))}`,
};

/** AWS::ApiGateway::DomainName. */
export const domainName = resourceType({
  ...domain,
  ref: physicalText("DomainName"),
  attributes: domainAttributes,
});

const privateArn = (resource: TemplateResource, { stack }: StackDraft) =>
  `arn:aws:apigateway:${stack.region}:${stack.accountId}:/domainnames/${shown(resource.property("DomainName"))}+${resource.stableId}`;

/** AWS::ApiGateway::DomainNameV2: a private domain. */
export const domainNameV2 = resourceType({
  ...domain,
  ref: privateArn,
  attributes: { ...domainAttributes, DomainNameArn: privateArn, DomainNameId: ({ stableId }) => stableId },
});

/** domainOf is the name of a domain, which is referred to by its name or by its ARN. */
export const domainOf = (given: string) => given.replace(/^arn:.*\/domainnames\//, "").replace(/\+.*$/, "");

/** addMapping adds a mapping to a domain of this stack. */
export function addMapping(
  resource: TemplateResource,
  domainName: string,
  {
    basePath = "",
    ...target
  }: { readonly basePath?: string | undefined } & Readonly<Record<string, unknown>>,
  draft: StackDraft,
): void {
  const spec = draft.domain(domainName, resource, "mappings");
  const mappings = spec?.basePathMappings as Record<string, unknown> | undefined;
  if (!mappings) return;
  const key = basePath === "" ? NO_BASE_PATH : basePath;
  if (Object.hasOwn(mappings, key))
    draft.findings.add(
      "error",
      [...resource.at, "Properties"],
      `the domain already has a mapping for '${key}'`,
    );
  else mappings[key] = target;
}

const target = objectAt(kinds.DomainName.spec, ["basePathMappings", "*"]);
const mapping = {
  spec: target,
  exceptions: {
    apiId: { absent: "AWS::ApiGatewayV2::ApiMapping maps HTTP APIs" },
    apiMappingId: { absent: NOT_ON_AWS },
  },
};
const basePath = z.string().optional();

function emitMapping(
  { resource, spec }: Given<object>,
  path: string | undefined,
  name: string,
  draft: StackDraft,
): void {
  if (spec.restApiId === undefined)
    return draft.findings.add("error", [...resource.at, "Properties"], "RestApiId is missing");
  addMapping(resource, domainOf(name), { ...spec, basePath: path }, draft);
}

/** AWS::ApiGateway::BasePathMapping. */
export const basePathMapping = resourceType({
  ...namedById(),
  ...mapping,
  own: z.object({ basePath, domainName: z.string(), id: z.string().optional() }),
  emit: (given, draft) => emitMapping(given, given.own.basePath, given.own.domainName, draft),
});

/** AWS::ApiGateway::BasePathMappingV2: a mapping of a private domain. */
export const basePathMappingV2 = resourceType({
  ...namedById("BasePathMappingArn"),
  ...mapping,
  own: z.object({ basePath, domainNameArn: z.string() }),
  emit: (given, draft) => emitMapping(given, given.own.basePath, given.own.domainNameArn, draft),
});

/** AWS::ApiGateway::DomainNameAccessAssociation. */
export const domainNameAccessAssociation = resourceType({
  ...namedById("DomainNameAccessAssociationArn"),
  spec: objectAt(kinds.DomainNameAccessAssociation.spec),
  own: z.object({}),
  exceptions: {
    domainName: {
      property: "DomainNameArn",
      read: (given) => (typeof given === "string" ? domainOf(given) : given),
    },
    tags: tagList,
  },
  emit: ({ resource, spec }, draft) =>
    draft.put({ kind: "DomainNameAccessAssociation", id: resource.stableId, spec }, resource),
});
