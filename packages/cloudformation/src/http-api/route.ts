import { z } from "zod";
import { kinds, objectAt } from "@tollgate/config";
import { isObject, type Json } from "@tollgate/openapi";
import type { Members } from "../from-pascal.ts";
import { namedById, resourceType } from "../resource-type.ts";
import { addResponse, MANAGED, ownHttpApi } from "./api.ts";

/** Whether a parameter is required: { Required: true } is another way to write true. */
const isRequired = (given: Json): Json =>
  isObject(given) && Object.keys(given).length === 1 ? (given.Required ?? given) : given;

const requiredParameters = (given: Json): Json =>
  isObject(given)
    ? Object.fromEntries(Object.entries(given).map(([name, value]) => [name, isRequired(value)]))
    : given;

/** Properties of WebSocket routes are allowed in other APIs if they have no effect: false, or no parameters. */
function withoutEmpty({ apiKeyRequired, requestParameters, ...route }: Members): Members {
  const hasParameters = Object.keys((requestParameters ?? {}) as object).length > 0;
  return {
    ...route,
    ...(apiKeyRequired === true ? { apiKeyRequired } : {}),
    ...(requestParameters !== undefined && hasParameters ? { requestParameters } : {}),
  };
}

/** AWS::ApiGatewayV2::Route. */
export const route = resourceType({
  ...namedById("RouteId"),
  spec: objectAt(kinds.Api.spec, ["routes", "*"]),
  own: z.object({ apiId: z.string() }),
  exceptions: {
    apiGatewayManaged: MANAGED,
    requestParameters: { read: requiredParameters },
    routeResponses: { absent: "they are resources of the template" },
  },
  emit({ resource, spec, own: { apiId } }, draft) {
    const api = ownHttpApi(resource, apiId, draft);
    if (api) api.routes[resource.stableId] = withoutEmpty(spec);
  },
});

/** AWS::ApiGatewayV2::RouteResponse. */
export const routeResponse = resourceType({
  ...namedById("RouteResponseId"),
  spec: objectAt(kinds.Api.spec, ["routes", "*", "routeResponses", "*"]),
  own: z.object({ apiId: z.string(), routeId: z.string() }),
  emit: (given, draft) => addResponse(given, "route", given.own.routeId, draft),
});
