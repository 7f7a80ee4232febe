import { NO_BASE_PATH } from "@tollgate/config";
import { z } from "zod";
import { domainAttributes } from "../rest-api/domain-name.ts";
import { compact, flag, number, tagMap, text, textMap, texts } from "../properties.ts";
import { physicalText, resourceType } from "../resource-type.ts";
import { ownHttpApi } from "./api.ts";

const settings = z.strictObject({
  DataTraceEnabled: flag.optional(),
  DetailedMetricsEnabled: flag.optional(),
  LoggingLevel: text.optional(),
  ThrottlingBurstLimit: number.optional(),
  ThrottlingRateLimit: number.optional(),
});

const settingsOf = (given: z.output<typeof settings>) =>
  compact({
    dataTraceEnabled: given.DataTraceEnabled,
    detailedMetricsEnabled: given.DetailedMetricsEnabled,
    loggingLevel: given.LoggingLevel?.toUpperCase(),
    throttlingBurstLimit: given.ThrottlingBurstLimit,
    throttlingRateLimit: given.ThrottlingRateLimit,
  });

const stageProperties = z.strictObject({
  AccessLogSettings: z.strictObject({ DestinationArn: text.optional(), Format: text.optional() }).optional(),
  AccessPolicyId: text.optional(),
  ApiId: text,
  AutoDeploy: flag.optional(),
  ClientCertificateId: text.optional(),
  DefaultRouteSettings: settings.optional(),
  DeploymentId: text.optional(),
  Description: text.optional(),
  RouteSettings: z.record(z.string(), settings).optional(),
  StageName: text,
  StageVariables: textMap.optional(),
  Tags: tagMap.optional(),
});

/** AWS::ApiGatewayV2::Stage. */
export const stage = resourceType<z.output<typeof stageProperties>>({
  properties: stageProperties,
  ref: physicalText("StageName"),
  emit(resource, given, draft) {
    const { ApiId: apiId, StageName: id, AccessLogSettings: log } = given;
    if (!ownHttpApi(resource, apiId, draft)) return;
    const spec = compact({
      autoDeploy: given.AutoDeploy,
      deploymentId: given.DeploymentId,
      description: given.Description,
      clientCertificateId: given.ClientCertificateId,
      stageVariables: given.StageVariables,
      defaultRouteSettings: given.DefaultRouteSettings && settingsOf(given.DefaultRouteSettings),
      routeSettings:
        given.RouteSettings &&
        Object.fromEntries(Object.entries(given.RouteSettings).map(([key, one]) => [key, settingsOf(one)])),
      accessLogSettings: log && compact({ destinationArn: log.DestinationArn, format: log.Format }),
      tags: given.Tags,
    });
    draft.put({ kind: "ApiStage", apiId, id, spec }, resource);
  },
});

const deploymentProperties = z.strictObject({
  ApiId: text,
  Description: text.optional(),
  StageName: text.optional(),
});

/** AWS::ApiGatewayV2::Deployment: a snapshot that is made once, when the resource is new to its stack. */
export const deployment = resourceType<z.output<typeof deploymentProperties>>({
  properties: deploymentProperties,
  ref: ({ stableId }) => stableId,
  attributes: { DeploymentId: ({ stableId }) => stableId },
  emit(resource, { ApiId: apiId, Description: description = "", StageName: stageName }, draft) {
    if (!ownHttpApi(resource, apiId, draft)) return;
    const { stableId: id, at } = resource;
    draft.deployments.push({ kind: "ApiDeployment", apiId, id, description, at });
    if (stageName !== undefined)
      draft.put({ kind: "ApiStage", apiId, id: stageName, spec: { deploymentId: id } }, resource);
  },
});

const domainProperties = z.strictObject({
  DomainName: text,
  DomainNameConfigurations: z
    .array(
      z.strictObject({
        CertificateArn: text.optional(),
        CertificateName: text.optional(),
        EndpointType: text.optional(),
        IpAddressType: text.optional(),
        OwnershipVerificationCertificateArn: text.optional(),
        SecurityPolicy: text.optional(),
      }),
    )
    .optional(),
  MutualTlsAuthentication: z
    .strictObject({ TruststoreUri: text.optional(), TruststoreVersion: text.optional() })
    .optional(),
  RoutingMode: text.optional(),
  Tags: tagMap.optional(),
});

/** AWS::ApiGatewayV2::DomainName. */
export const domainName = resourceType<z.output<typeof domainProperties>>({
  properties: domainProperties,
  ref: physicalText("DomainName"),
  attributes: domainAttributes,
  emit(resource, given, draft) {
    const [configuration] = given.DomainNameConfigurations ?? [];
    const { MutualTlsAuthentication: mutual } = given;
    const spec = compact({
      regionalCertificateArn: configuration?.CertificateArn,
      regionalCertificateName: configuration?.CertificateName,
      ownershipVerificationCertificateArn: configuration?.OwnershipVerificationCertificateArn,
      securityPolicy: configuration?.SecurityPolicy,
      endpointConfiguration: compact({
        types: [configuration?.EndpointType ?? "REGIONAL"],
        ipAddressType: configuration?.IpAddressType,
      }),
      mutualTlsAuthentication:
        mutual &&
        compact({ truststoreUri: mutual.TruststoreUri, truststoreVersion: mutual.TruststoreVersion }),
      routingMode: given.RoutingMode,
      tags: given.Tags,
      basePathMappings: {},
    });
    draft.put({ kind: "DomainName", id: given.DomainName, spec }, resource);
  },
});

const mappingProperties = z.strictObject({
  ApiId: text,
  ApiMappingKey: text.optional(),
  DomainName: text,
  Stage: text,
});

/** AWS::ApiGatewayV2::ApiMapping: of an API of any kind. */
export const apiMapping = resourceType<z.output<typeof mappingProperties>>({
  properties: mappingProperties,
  ref: ({ stableId }) => stableId,
  attributes: { ApiMappingId: ({ stableId }) => stableId },
  emit(resource, { ApiId: id, ApiMappingKey: given = "", DomainName: domain, Stage: stageName }, draft) {
    const mappings = draft.basePathMappings(domain, resource);
    if (!mappings) return;
    const key = given === "" ? NO_BASE_PATH : given;
    if (Object.hasOwn(mappings, key))
      return draft.findings.add(
        "error",
        [...resource.at, "Properties"],
        `the domain has a mapping of '${key}' already`,
      );
    mappings[key] = { [draft.hasApi(id) ? "restApiId" : "apiId"]: id, stage: stageName };
  },
});

const linkProperties = z.strictObject({
  Name: text,
  SecurityGroupIds: texts.optional(),
  SubnetIds: texts,
  Tags: tagMap.optional(),
});

/** AWS::ApiGatewayV2::VpcLink: a way into subnets, which are not here. */
export const vpcLink = resourceType<z.output<typeof linkProperties>>({
  properties: linkProperties,
  ref: ({ stableId }) => stableId,
  attributes: { VpcLinkId: ({ stableId }) => stableId },
  emit(resource, _given, draft) {
    draft.findings.add(
      "error",
      [...resource.at, "Properties", "SubnetIds"],
      "there are no subnets here: make a VpcLink with the URLs of its targets (tollgate apply), and name it as ConnectionId",
    );
  },
});
