import { z } from "zod";
import { kinds, objectAt } from "@tollgate/config";
import { namedById, resourceType } from "../resource-type.ts";
import { ownApi } from "./api.ts";

/** AWS::ApiGateway::GatewayResponse. */
export const gatewayResponse = resourceType({
  ...namedById("Id"),
  spec: objectAt(kinds.GatewayResponse.spec),
  own: z.object({ responseType: z.string(), restApiId: z.string() }),
  emit({ resource, spec, own: { restApiId: apiId, responseType: id } }, draft) {
    if (ownApi(resource, apiId, draft)) draft.put({ kind: "GatewayResponse", apiId, id, spec }, resource);
  },
});
