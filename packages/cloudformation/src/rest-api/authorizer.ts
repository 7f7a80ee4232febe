import { z } from "zod";
import { kinds, objectAt } from "@tollgate/config";
import { namedById, resourceType } from "../resource-type.ts";
import { ownApi } from "./api.ts";

/** AWS::ApiGateway::Authorizer. */
export const authorizer = resourceType({
  ...namedById("AuthorizerId"),
  spec: objectAt(kinds.Authorizer.spec),
  own: z.object({ restApiId: z.string() }),
  emit({ resource, spec, own: { restApiId: apiId } }, draft) {
    if (ownApi(resource, apiId, draft))
      draft.put({ kind: "Authorizer", apiId, id: resource.stableId, spec }, resource);
  },
});
