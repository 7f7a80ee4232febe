import type { RouteContext } from "../call/route-context.ts";

/** stageArnOf is the ARN of a stage as X-Ray's segments and rules have it. */
export const stageArnOf = ({ region, apiId, stageName, protocol }: RouteContext): string =>
  `arn:aws:apigateway:${region}::/${protocol === "REST" ? "restapis" : "apis"}/${apiId}/stages/${stageName}`;
