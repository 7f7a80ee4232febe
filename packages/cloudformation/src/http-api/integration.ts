import { z } from "zod";
import { kinds, objectAt } from "@tollgate/config";
import { isObject, type Json } from "@tollgate/openapi";
import type { Members } from "../from-pascal.ts";
import { payloadFormat } from "../properties.ts";
import { namedById, resourceType } from "../resource-type.ts";
import { addResponse, MANAGED, ownHttpApi } from "./api.ts";

/** CloudFormation's list of destinations and sources, as the map of the API. */
function asMap(given: Json): Json {
  const { ResponseParameters: list, ...others } = isObject(given) ? given : {};
  if (!Array.isArray(list) || Object.keys(others).length > 0) return given;
  const rows = (list as readonly Json[]).filter(isObject);
  const pairs = rows.flatMap(({ Destination: name, Source: source, ...rest }) =>
    typeof name === "string" && source !== undefined && Object.keys(rest).length === 0
      ? [[name, source] as const]
      : [],
  );
  return pairs.length === list.length ? Object.fromEntries(pairs) : given;
}

/** Parameters of responses by status, each a map, or a list of destinations and sources. */
const responseParameters = (given: Json): Json =>
  isObject(given)
    ? Object.fromEntries(Object.entries(given).map(([status, one]) => [status, asMap(one)]))
    : given;

/** INTERNET is the default of every integration, even of types without a connection; CDK gives MOCK an empty URI. */
const withoutDefaults = (given: Members): Members =>
  Object.fromEntries(
    Object.entries(given).filter(
      ([name, value]) =>
        !(name === "connectionType" && value === "INTERNET") && !(name === "integrationUri" && value === ""),
    ),
  );

/** AWS::ApiGatewayV2::Integration. */
export const integration = resourceType({
  ...namedById("IntegrationId"),
  spec: objectAt(kinds.Api.spec, ["integrations", "*"]),
  own: z.object({ apiId: z.string() }),
  exceptions: {
    apiGatewayManaged: MANAGED,
    integrationResponses: { absent: "they are resources of the template" },
    payloadFormatVersion: payloadFormat,
    responseParameters: { read: responseParameters },
  },
  emit({ resource, spec, own: { apiId } }, draft) {
    const api = ownHttpApi(resource, apiId, draft);
    if (api) api.integrations[resource.stableId] = withoutDefaults(spec);
  },
});

/** AWS::ApiGatewayV2::IntegrationResponse. */
export const integrationResponse = resourceType({
  ...namedById("IntegrationResponseId"),
  spec: objectAt(kinds.Api.spec, ["integrations", "*", "integrationResponses", "*"]),
  own: z.object({ apiId: z.string(), integrationId: z.string() }),
  emit: (given, draft) => addResponse(given, "integration", given.own.integrationId, draft),
});
