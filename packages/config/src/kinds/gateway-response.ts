import { z } from "zod";
import { defineKind } from "../define-kind.ts";
import { GATEWAY_RESPONSE_TYPES } from "../rest-api/gateway-response-types.ts";
import { RestApi } from "./rest-api.ts";

const spec = z.strictObject({
  /** Absent: the type's own status. */
  statusCode: z
    .string()
    .regex(/^[1-5]\d\d$/, "must be a status code such as '404'")
    .optional(),
  responseParameters: z
    .record(
      // path and querystring are accepted as on AWS, but have no effect: a response has neither.
      z
        .string()
        .regex(
          /^gatewayresponse\.(header|path|querystring)\..+$/,
          "must be named gatewayresponse.header.{name}",
        ),
      z
        .string()
        .regex(
          /^('.*'|method\.request\.(header|querystring|path)\..+|context\..+|stageVariables\..+)$/s,
          "must be method.request.{header|querystring|path}.{name}, context.{name}, stageVariables.{name} or a 'literal' in single quotes",
        ),
    )
    .default({}),
  /**
   * Templates by media type, in which $context.*, $stageVariables.* and $method.request.* are replaced. They are not Velocity templates.
   */
  responseTemplates: z.record(z.string().min(1), z.string().max(300 * 1024)).default({}),
});

export const GatewayResponse = defineKind({
  name: "GatewayResponse",
  about: "A customised gateway response. Its id is its type.",
  spec,
  collection: "gatewayresponses",
  parent: RestApi,
  id: {
    pattern: new RegExp(`^(${GATEWAY_RESPONSE_TYPES.join("|")})$`),
    help: `is the type and must be one of ${GATEWAY_RESPONSE_TYPES.join(", ")}`,
  },
  quota: undefined,
  frozenIn: "definitions",
});
