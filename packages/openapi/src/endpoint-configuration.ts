import type { SpecOf } from "@tollgate/config";
import { isObject, type Json, type JsonObject } from "./document.ts";
import type { ImportContext } from "./import-context.ts";

/** In Swagger 2 it is a member of the definition, in OpenAPI 3 of one of its servers. */
const ENDPOINT = "x-amazon-apigateway-endpoint-configuration";

/** ENDPOINT_MEMBERS are the members of an API that this extension has. */
export const ENDPOINT_MEMBERS = ["endpointConfiguration", "disableExecuteApiEndpoint"] as const;

/** endpointOf reads how an API can be reached from its definition. VPC endpoints mean a private API. */
export function endpointOf({
  root,
  report,
}: Pick<ImportContext, "root" | "report">): Record<string, unknown> {
  const servers = Array.isArray(root.servers) ? (root.servers as readonly Json[]) : [];
  const index = servers.findIndex((server) => isObject(server) && server[ENDPOINT] !== undefined);
  const server = servers[index];
  const at = isObject(server) ? ["servers", String(index), ENDPOINT] : [ENDPOINT];
  const endpoint = isObject(server) ? server[ENDPOINT] : root[ENDPOINT];
  if (endpoint === undefined) return {};
  if (!isObject(endpoint)) {
    report.add("error", at, "must be an object with disableExecuteApiEndpoint or vpcEndpointIds");
    return {};
  }
  const { disableExecuteApiEndpoint: disabled, vpcEndpointIds } = endpoint;
  return {
    ...(typeof disabled === "boolean" ? { disableExecuteApiEndpoint: disabled } : {}),
    ...(Array.isArray(vpcEndpointIds)
      ? { endpointConfiguration: { types: ["PRIVATE"], vpcEndpointIds } }
      : {}),
  };
}

/** exportEndpoint writes how an API can be reached; nothing for an API with the defaults. */
export function exportEndpoint({
  disableExecuteApiEndpoint,
  endpointConfiguration,
}: SpecOf<"RestApi">): JsonObject {
  const { vpcEndpointIds } = endpointConfiguration;
  const said = {
    ...(disableExecuteApiEndpoint ? { disableExecuteApiEndpoint } : {}),
    ...(vpcEndpointIds && vpcEndpointIds.length > 0 ? { vpcEndpointIds } : {}),
  };
  return Object.keys(said).length > 0 ? { [ENDPOINT]: said } : {};
}
