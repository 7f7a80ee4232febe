import { z } from "zod";
import { kinds, objectAt } from "@tollgate/config";
import { jsonText } from "../properties.ts";
import { physicalText, resourceType } from "../resource-type.ts";
import { ownHttpApi } from "./api.ts";

/** AWS::ApiGatewayV2::Model: of WebSocket APIs. */
export const model = resourceType({
  ref: physicalText("Name"),
  attributes: { ModelId: physicalText("Name") },
  spec: objectAt(kinds.Api.spec, ["models", "*"]),
  own: z.object({ apiId: z.string(), name: z.string() }),
  exceptions: { modelId: { absent: "it is derived from the name" }, schema: jsonText },
  emit({ resource, spec, own: { apiId, name } }, draft) {
    const api = ownHttpApi(resource, apiId, draft);
    if (!api) return;
    if (api.models) api.models[name] = spec;
    else draft.findings.add("error", resource.at, "HTTP APIs have no models");
  },
});
