import { firstHeader } from "../call/header-lookup.ts";
import type { FilterFactory } from "../engine/ports.ts";
import { requireApiKey } from "../filters/api-key.ts";
import type { WebSocketRoute } from "./context.ts";

/** apiKey asks for a key where $connect does: in the header, or from the authorizer, as the API says. */
export const apiKey: FilterFactory<WebSocketRoute> = (route, ports) => {
  if (!route.spec?.apiKeyRequired) return undefined;
  return route.context.keyFromAuthorizer
    ? requireApiKey(route, ports, ({ authorizer }) => authorizer?.usageIdentifierKey ?? "")
    : requireApiKey(route, ports, ({ headers }) => firstHeader(headers, "x-api-key"));
};
