import { z } from "zod";
import { compact, flag, number, tags, text, textMap } from "../properties.ts";
import { physicalText, resourceType, type TemplateResource } from "../resource-type.ts";
import type { StackDraft } from "../stack-draft.ts";
import { ownApi } from "./method.ts";

const methodSetting = z.strictObject({
  CacheDataEncrypted: flag.optional(),
  CacheTtlInSeconds: number.optional(),
  CachingEnabled: flag.optional(),
  DataTraceEnabled: flag.optional(),
  HttpMethod: text.optional(),
  LoggingLevel: text.optional(),
  MetricsEnabled: flag.optional(),
  ResourcePath: text.optional(),
  ThrottlingBurstLimit: number.optional(),
  ThrottlingRateLimit: number.optional(),
});
type MethodSetting = z.output<typeof methodSetting>;

const accessLog = z.strictObject({ DestinationArn: text.optional(), Format: text.optional() });

const canary = z.strictObject({
  DeploymentId: text.optional(),
  PercentTraffic: number.optional(),
  StageVariableOverrides: textMap.optional(),
  UseStageCache: flag.optional(),
});

/** What a stage and the description of one in a deployment have in common. */
const settings = {
  AccessLogSetting: accessLog.optional(),
  CacheClusterEnabled: flag.optional(),
  CacheClusterSize: text.optional(),
  ClientCertificateId: text.optional(),
  Description: text.optional(),
  DocumentationVersion: text.optional(),
  MethodSettings: z.array(methodSetting).optional(),
  Tags: tags.optional(),
  TracingEnabled: flag.optional(),
  Variables: textMap.optional(),
};
const stageSettings = z.object(settings);
type StageSettings = z.output<typeof stageSettings>;

const settingOf = (given: Omit<MethodSetting, "HttpMethod" | "ResourcePath">) =>
  compact({
    metricsEnabled: given.MetricsEnabled,
    loggingLevel: given.LoggingLevel?.toUpperCase(),
    dataTraceEnabled: given.DataTraceEnabled,
    throttlingRateLimit: given.ThrottlingRateLimit,
    throttlingBurstLimit: given.ThrottlingBurstLimit,
    cachingEnabled: given.CachingEnabled,
    cacheTtlInSeconds: given.CacheTtlInSeconds,
    cacheDataEncrypted: given.CacheDataEncrypted,
  });

/** The name of a method's settings: "pets/GET" of /pets and GET, and all methods by "*" + "/*". */
function settingName({ ResourcePath: path = "/*", HttpMethod: verb = "*" }: MethodSetting): string {
  const plain = path.replaceAll("~1", "/").replace(/^\/+/, "");
  return `${plain}/${verb}`;
}

function stageSpec(deploymentId: string, given: StageSettings): Record<string, unknown> {
  const { AccessLogSetting: log } = given;
  return compact({
    deploymentId,
    description: given.Description,
    variables: given.Variables,
    methodSettings:
      given.MethodSettings &&
      Object.fromEntries(given.MethodSettings.map((one) => [settingName(one), settingOf(one)])),
    cacheClusterEnabled: given.CacheClusterEnabled,
    cacheClusterSize: given.CacheClusterSize,
    clientCertificateId: given.ClientCertificateId,
    documentationVersion: given.DocumentationVersion,
    accessLogSettings: log && compact({ destinationArn: log.DestinationArn, format: log.Format }),
    tracingEnabled: given.TracingEnabled,
    tags: given.Tags,
  });
}

const canarySettings = (given: z.output<typeof canary> | undefined) =>
  given?.DeploymentId === undefined
    ? undefined
    : compact({
        deploymentId: given.DeploymentId,
        percentTraffic: given.PercentTraffic,
        stageVariableOverrides: given.StageVariableOverrides,
        useStageCache: given.UseStageCache,
      });

const stageDescription = z.strictObject({
  ...settings,
  // A deployment's description of its stage has settings of all methods among its own members.
  ...methodSetting.omit({ HttpMethod: true, ResourcePath: true }).shape,
  CanarySetting: canary.optional(),
});

const deploymentProperties = z.strictObject({
  DeploymentCanarySettings: z.unknown().optional(),
  Description: text.optional(),
  RestApiId: text,
  StageDescription: stageDescription.optional(),
  StageName: text.optional(),
});
type DeploymentProperties = z.output<typeof deploymentProperties>;

/** The stage that a deployment makes itself. */
function ownStage(
  resource: TemplateResource,
  stageName: string,
  { RestApiId: apiId, StageDescription: given = {} }: DeploymentProperties,
  draft: StackDraft,
): void {
  const all = settingOf(given);
  const { methodSettings: own, ...spec } = stageSpec(resource.stableId, given);
  const methodSettings = (own ?? {}) as object;
  const settings = Object.keys(all).length > 0 ? { "*/*": all, ...methodSettings } : methodSettings;
  draft.put({ kind: "Stage", apiId, id: stageName, spec: { ...spec, methodSettings: settings } }, resource);
}

/** AWS::ApiGateway::Deployment: a snapshot that is made once, when the resource is new to its stack. */
export const deployment = resourceType<DeploymentProperties>({
  properties: deploymentProperties,
  ref: ({ stableId }) => stableId,
  attributes: { DeploymentId: ({ stableId }) => stableId },
  emit(resource, given, draft) {
    const { RestApiId: apiId, Description: description = "", StageName: stageName } = given;
    if (!ownApi(resource, apiId, draft)) return;
    if (given.DeploymentCanarySettings !== undefined)
      draft.findings.add(
        "error",
        [...resource.at, "Properties", "DeploymentCanarySettings"],
        "a deployment makes no canary: write CanarySetting into the stage",
      );
    draft.deployments.push({
      kind: "Deployment",
      apiId,
      id: resource.stableId,
      description,
      at: resource.at,
    });
    if (stageName !== undefined) ownStage(resource, stageName, given, draft);
  },
});

const stageProperties = z.strictObject({
  ...settings,
  CanarySetting: canary.optional(),
  DeploymentId: text,
  RestApiId: text,
  StageName: text.optional(),
});

/** AWS::ApiGateway::Stage. */
export const stage = resourceType<z.output<typeof stageProperties>>({
  properties: stageProperties,
  ref: (resource) => physicalText("StageName")(resource) ?? resource.logicalId,
  emit(resource, given, draft) {
    const { RestApiId: apiId, StageName: id = resource.logicalId, DeploymentId: deploymentId } = given;
    if (!ownApi(resource, apiId, draft)) return;
    const spec = {
      ...stageSpec(deploymentId, given),
      ...compact({ canarySettings: canarySettings(given.CanarySetting) }),
    };
    draft.put({ kind: "Stage", apiId, id, spec }, resource);
  },
});
