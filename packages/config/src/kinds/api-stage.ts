import { z } from "zod";
import { defineKind } from "../define-kind.ts";
import { accessLogSettings } from "../stage/access-log-settings.ts";
import { stageMeters } from "../stage/stage-meters.ts";
import { stageVariables } from "../stage/stage-variables.ts";
import { tags } from "../tags.ts";
import { Api } from "./api.ts";
import { ApiDeployment } from "./api-deployment.ts";
import { ClientCertificate } from "./client-certificate.ts";
import { WebAcl } from "./web-acl.ts";

const routeSettings = z.strictObject({
  /** Calls per second and at once, for all callers together. */
  throttlingRateLimit: z.number().min(0).optional(),
  throttlingBurstLimit: z.int().min(0).optional(),
  detailedMetricsEnabled: z.boolean().default(false),
  /** WebSocket APIs only. */
  loggingLevel: z.enum(["OFF", "ERROR", "INFO"]).optional(),
  dataTraceEnabled: z.boolean().optional(),
});

export type RouteSettings = z.output<typeof routeSettings>;

const spec = z.strictObject({
  /** Absent with autoDeploy: the API is deployed as it is. Absent without: the stage serves no calls yet. */
  deploymentId: z.string().min(1).optional(),
  /** Every change of the API is also deployed to this stage. */
  autoDeploy: z.boolean().default(false),
  description: z.string().max(1024).optional(),
  stageVariables: stageVariables.default({}),
  defaultRouteSettings: routeSettings.optional(),
  /** By route key, such as 'GET /pets'. */
  routeSettings: z.record(z.string().min(1), routeSettings).default({}),
  /** Where and how calls are logged: one line for each, in the format. */
  accessLogSettings: accessLogSettings.optional(),
  clientCertificateId: z.string().min(1).optional(),
  /** Id of the WebAcl that its calls must pass; AWS has them for REST APIs only. */
  webAclId: z.string().min(1).optional(),
  /** What responses say was used, such as tokens of a language model: counted for each key, and priced by plans. Not on AWS. */
  meters: stageMeters.optional(),
  tags: tags.optional(),
  /** It was created with the API's target (AWS: quick create). */
  apiGatewayManaged: z.literal(true).optional(),
  /** Increased to forget the cached results of authorizers; absent: 0. */
  authorizerCacheEpoch: z.int().min(0).optional(),
});

export const ApiStage = defineKind({
  name: "ApiStage",
  about:
    "A stage of an HTTP or WebSocket API. Its id is its name; $default is served without its name in the path.",
  spec,
  collection: "stages",
  parent: Api,
  id: {
    pattern: /^(\$default|[A-Za-z0-9_-]{1,128})$/,
    help: "is the stage's name and must be $default, or 1 to 128 characters of a-z, A-Z, 0-9, _ and -",
  },
  role: "stage",
  references: [
    { to: ApiDeployment, of: ({ spec }) => [{ id: spec.deploymentId, at: "deploymentId" }] },
    {
      to: ClientCertificate,
      of: ({ spec }) => [{ id: spec.clientCertificateId, at: "clientCertificateId" }],
    },
    { to: WebAcl, of: ({ spec }) => [{ id: spec.webAclId, at: "webAclId" }] },
  ],
  /** (10) */
  quota: "stages",
  delivery: { within: "stage" },
  runtimeMembers: ["authorizerCacheEpoch"],
});
