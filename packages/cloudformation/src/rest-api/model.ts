import { z } from "zod";
import { kinds, objectAt } from "@tollgate/config";
import { jsonText } from "../properties.ts";
import { physicalText, resourceType } from "../resource-type.ts";
import { ownApi } from "./api.ts";

/** AWS::ApiGateway::Model. */
export const model = resourceType({
  spec: objectAt(kinds.Model.spec),
  own: z.object({ name: z.string().optional(), restApiId: z.string() }),
  exceptions: { schema: { ...jsonText, standard: "{}" } },
  ref: (resource) => physicalText("Name")(resource) ?? resource.logicalId,
  emit({ resource, spec, own: { restApiId: apiId, name: id = resource.logicalId } }, draft) {
    if (ownApi(resource, apiId, draft)) draft.put({ kind: "Model", apiId, id, spec }, resource);
  },
});
