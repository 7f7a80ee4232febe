import { z } from "zod";
import { kinds, objectAt } from "@tollgate/config";
import { namedById, physicalText, resourceType } from "../resource-type.ts";
import { addMapping, domainAttributes, domainExceptions } from "../rest-api/domain-name.ts";

const IN_CONFIGURATION = { absent: "it is in DomainNameConfigurations" };
const OF_REST = { absent: "AWS::ApiGateway::DomainName has it" };

/** A domain's certificate and endpoint, in a list for which AWS allows one entry. */
const configuration = z.object({
  certificateArn: z.string().optional(),
  certificateName: z.string().optional(),
  endpointType: z.string().default("REGIONAL"),
  ipAddressType: z.string().optional(),
  ownershipVerificationCertificateArn: z.string().optional(),
  securityPolicy: z.string().optional(),
});

function specOf(given: z.output<typeof configuration> = configuration.parse({})): object {
  const { certificateArn, certificateName, endpointType, ipAddressType, ...others } = given;
  return {
    ...others,
    ...(certificateArn === undefined ? {} : { regionalCertificateArn: certificateArn }),
    ...(certificateName === undefined ? {} : { regionalCertificateName: certificateName }),
    endpointConfiguration: {
      types: [endpointType],
      ...(ipAddressType === undefined ? {} : { ipAddressType }),
    },
  };
}

/** AWS::ApiGatewayV2::DomainName. */
export const domainName = resourceType({
  ref: physicalText("DomainName"),
  attributes: domainAttributes,
  spec: objectAt(kinds.DomainName.spec),
  own: z.object({ domainName: z.string(), domainNameConfigurations: z.array(configuration).default([]) }),
  exceptions: {
    ...domainExceptions,
    certificateArn: IN_CONFIGURATION,
    endpointAccessMode: OF_REST,
    endpointConfiguration: IN_CONFIGURATION,
    ownershipVerificationCertificateArn: IN_CONFIGURATION,
    policy: OF_REST,
    regionalCertificateArn: IN_CONFIGURATION,
    regionalCertificateName: IN_CONFIGURATION,
    securityPolicy: IN_CONFIGURATION,
  },
  emit({ resource, spec: given, own: { domainName: id, domainNameConfigurations } }, draft) {
    const spec = { ...given, ...specOf(domainNameConfigurations[0]), basePathMappings: {} };
    draft.put({ kind: "DomainName", id, spec }, resource);
  },
});

/** AWS::ApiGatewayV2::ApiMapping, for APIs of every protocol. */
export const apiMapping = resourceType({
  ...namedById("ApiMappingId"),
  own: z.object({
    apiId: z.string(),
    apiMappingKey: z.string().optional(),
    domainName: z.string(),
    stage: z.string(),
  }),
  emit({ resource, own: { apiId, apiMappingKey: basePath, domainName: domain, stage } }, draft) {
    const of = draft.hasApi(apiId) ? { restApiId: apiId } : { apiId };
    addMapping(resource, domain, { basePath, ...of, stage }, draft);
  },
});
