import { z } from "zod";
import { defineKind } from "../define-kind.ts";
import { accessLogSettings } from "../stage/access-log-settings.ts";
import { stageMeters } from "../stage/stage-meters.ts";
import { stageVariables } from "../stage/stage-variables.ts";
import { tags } from "../tags.ts";
import { ClientCertificate } from "./client-certificate.ts";
import { Deployment } from "./deployment.ts";
import { DocumentationVersion } from "./documentation-version.ts";
import { RestApi } from "./rest-api.ts";
import { WebAcl } from "./web-acl.ts";

/** A canary: a share of a stage's calls that is served by another deployment (AWS: CanarySettings). */
const canarySettings = z.strictObject({
  deploymentId: z.string().min(1),
  percentTraffic: z.number().min(0).max(100).default(0),
  stageVariableOverrides: stageVariables.default({}),
  useStageCache: z.boolean().default(false),
});

const METHOD_SETTING = /^(\*\/\*|.*\/(\*|ANY|DELETE|GET|HEAD|OPTIONS|PATCH|POST|PUT))$/;

/** AWS's maximum time for which a response is cached. */
const CACHE_TTL_MAX_S = 3600;

/** Settings of one method, or of all methods (AWS: MethodSetting). */
const methodSetting = z.strictObject({
  /** Metrics per resource and method in addition to those of the stage. */
  metricsEnabled: z.boolean().default(false),
  /** Execution log of each call: errors only, or every step. */
  loggingLevel: z.enum(["OFF", "ERROR", "INFO"]).default("OFF"),
  /** The log contains complete bodies and headers. */
  dataTraceEnabled: z.boolean().default(false),
  /** Calls per second and at once, for all callers together; absent or -1: no separate limit. */
  throttlingRateLimit: z.union([z.number().min(0), z.literal(-1)]).optional(),
  throttlingBurstLimit: z.union([z.int().min(0), z.literal(-1)]).optional(),
  /** Responses are cached in the stage's cache; with "*" + "/*", only those of GET. */
  cachingEnabled: z.boolean().default(false),
  cacheTtlInSeconds: z.int().min(0).max(CACHE_TTL_MAX_S).default(300),
  /** Accepted as on AWS, without effect: cached data never leaves the memory of a node. */
  cacheDataEncrypted: z.boolean().default(false),
  /** Cache-Control: max-age=0 requires the permission execute-api:InvalidateCache. */
  requireAuthorizationForCacheControl: z.boolean().default(true),
  /** How a call without that permission is handled. */
  unauthorizedCacheControlHeaderStrategy: z
    .enum(["FAIL_WITH_403", "SUCCEED_WITH_RESPONSE_HEADER", "SUCCEED_WITHOUT_RESPONSE_HEADER"])
    .default("SUCCEED_WITH_RESPONSE_HEADER"),
});

export type MethodSetting = z.output<typeof methodSetting>;

const spec = z.strictObject({
  deploymentId: z.string().min(1),
  description: z.string().max(1024).optional(),
  variables: stageVariables.default({}),
  canarySettings: canarySettings.optional(),
  /** "{resource path without its first slash}/{METHOD}" or "*" + "/*" -> settings; the more specific one is used. */
  methodSettings: z
    .record(
      z
        .string()
        .regex(METHOD_SETTING, "must be named '{resource path}/{METHOD}', such as 'pets/GET', or '*/*'"),
      methodSetting,
    )
    .default({}),
  cacheClusterEnabled: z.boolean().default(false),
  /** Gigabytes, in AWS's sizes. The memory that a node really uses is limited by its own settings. */
  cacheClusterSize: z.enum(["0.5", "1.6", "6.1", "13.5", "28.4", "58.2", "118", "237"]).optional(),
  /** A changed number empties the cache: FlushStageCache and FlushStageAuthorizersCache increase it. */
  cacheEpoch: z.int().min(0).default(0),
  authorizerCacheEpoch: z.int().min(0).default(0),
  /** Id of a ClientCertificate that is presented to HTTP upstreams. */
  clientCertificateId: z.string().min(1).optional(),
  /** Where and how calls are logged: one line for each, in the format. */
  accessLogSettings: accessLogSettings.optional(),
  /** Every change of the API is deployed to this stage automatically, as HTTP APIs allow on AWS. */
  autoDeploy: z.boolean().default(false),
  tracingEnabled: z.boolean().default(false),
  /** Id of the WebAcl that its calls must pass. */
  webAclId: z.string().min(1).optional(),
  /** Version of the documentation of the stage. */
  documentationVersion: z.string().min(1).optional(),
  /** What responses say was used, such as tokens of a language model: counted for each key, and priced by plans. Not on AWS. */
  meters: stageMeters.optional(),
  tags: tags.optional(),
});

export const Stage = defineKind({
  name: "Stage",
  about: "A stage: a name in front of one deployment. Its id is its name.",
  spec,
  collection: "stages",
  parent: RestApi,
  id: {
    pattern: /^[A-Za-z0-9_-]{1,128}$/,
    help: "is the stage's name and must be 1 to 128 characters of a-z, A-Z, 0-9, _ and -",
  },
  role: "stage",
  references: [
    {
      to: Deployment,
      of: ({ spec: { deploymentId, canarySettings } }) => [
        { id: deploymentId, at: "deploymentId" },
        { id: canarySettings?.deploymentId, at: "canarySettings.deploymentId" },
      ],
    },
    {
      to: DocumentationVersion,
      of: ({ spec }) => [{ id: spec.documentationVersion, at: "documentationVersion" }],
    },
    {
      to: ClientCertificate,
      of: ({ spec }) => [{ id: spec.clientCertificateId, at: "clientCertificateId" }],
    },
    { to: WebAcl, of: ({ spec }) => [{ id: spec.webAclId, at: "webAclId" }] },
  ],
  /** (10) */
  quota: "stages",
  delivery: { within: "stage" },
  runtimeMembers: ["cacheEpoch", "authorizerCacheEpoch"],
});
