import { isOpenApi3 } from "./definition-editor.ts";
import { memberOf, type Node } from "./node.ts";
import type { SamResource } from "./sam-context.ts";

const ENDPOINT = "x-amazon-apigateway-endpoint-configuration";

/** addEndpoint adds whether the API is served at its default address; in OpenAPI 3 to its servers. */
export function addEndpoint({ properties }: SamResource, definition: Node): void {
  const isDisabled = properties.DisableExecuteApiEndpoint;
  if (isDisabled === undefined) return;
  const isNewer = isOpenApi3(definition.openapi);
  const servers = isNewer && Array.isArray(definition.servers) ? (definition.servers as Node[]) : [{}];
  for (const place of isNewer ? servers : [definition])
    memberOf(place, ENDPOINT).disableExecuteApiEndpoint = isDisabled;
  if (isNewer) definition.servers = servers;
}
