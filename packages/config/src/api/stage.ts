import { z } from "zod";
import { stageVariables } from "../rest-api/stage.ts";
import { tags } from "../rest-api/rest-api.ts";

const routeSettings = z.strictObject({
  /** Calls a second and at once, of all callers together. */
  throttlingRateLimit: z.number().min(0).optional(),
  throttlingBurstLimit: z.int().min(0).optional(),
  detailedMetricsEnabled: z.boolean().default(false),
  /** Of WebSocket APIs. */
  loggingLevel: z.enum(["OFF", "ERROR", "INFO"]).optional(),
  dataTraceEnabled: z.boolean().optional(),
});

export type RouteSettings = z.output<typeof routeSettings>;

/** A stage of an HTTP or WebSocket API. Its id is its name; $default is served without its name in the path. */
export const apiStageSpec = z
  .strictObject({
    /** Absent with autoDeploy: the deployment of the API as it is. */
    deploymentId: z.string().min(1).optional(),
    /** Each change of the API is deployed to this stage with the change. */
    autoDeploy: z.boolean().default(false),
    description: z.string().max(1024).optional(),
    stageVariables: stageVariables.default({}),
    defaultRouteSettings: routeSettings.optional(),
    /** By route key, such as 'GET /pets'. */
    routeSettings: z.record(z.string().min(1), routeSettings).default({}),
    /** Where and how calls are logged: kept and shown, and not written yet. */
    accessLogSettings: z
      .strictObject({
        destinationArn: z.string().min(1).optional(),
        format: z.string().min(1).max(3072).optional(),
      })
      .optional(),
    clientCertificateId: z.string().min(1).optional(),
    tags: tags.optional(),
  })
  .superRefine(({ deploymentId, autoDeploy }, context) => {
    if (deploymentId === undefined && !autoDeploy)
      context.addIssue({
        code: "custom",
        path: ["deploymentId"],
        message: "is needed unless autoDeploy is true: make a deployment first",
      });
  });
