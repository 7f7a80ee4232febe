import { z } from "zod";
import { kinds, objectAt } from "@tollgate/config";
import { namedById, resourceType } from "../resource-type.ts";
import { ownApi } from "./api.ts";

/** AWS::ApiGateway::RequestValidator. */
export const requestValidator = resourceType({
  ...namedById("RequestValidatorId"),
  spec: objectAt(kinds.RequestValidator.spec),
  own: z.object({ restApiId: z.string() }),
  exceptions: { name: { isOptional: true } },
  emit({ resource, spec: given, own: { restApiId: apiId } }, draft) {
    const spec = { name: resource.logicalId, ...given };
    if (ownApi(resource, apiId, draft))
      draft.put({ kind: "RequestValidator", apiId, id: resource.stableId, spec }, resource);
  },
});
