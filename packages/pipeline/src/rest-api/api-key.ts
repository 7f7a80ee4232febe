import { firstHeader } from "../call/header-lookup.ts";
import type { FilterFactory } from "../engine/ports.ts";
import { requireApiKey } from "../filters/api-key.ts";
import type { RestRoute } from "./context.ts";

/** apiKey asks for a key where the method does: in the header, or from the authorizer, as the API says. */
export const apiKey: FilterFactory<RestRoute> = (route, ports) => {
  if (!route.method?.apiKeyRequired) return undefined;
  return route.context.apiKeySource === "AUTHORIZER"
    ? requireApiKey(route, ports, ({ authorizer }) => authorizer?.usageIdentifierKey ?? "")
    : requireApiKey(route, ports, ({ headers }) => firstHeader(headers, "x-api-key"));
};
