import { z } from "zod";
import { kinds, objectAt } from "@tollgate/config";
import { jsonText } from "../properties.ts";
import { namedById, physicalText, resourceType } from "../resource-type.ts";
import { ownApi } from "./api.ts";

/** AWS::ApiGateway::DocumentationPart. */
export const documentationPart = resourceType({
  ...namedById("DocumentationPartId"),
  spec: objectAt(kinds.DocumentationPart.spec),
  own: z.object({ restApiId: z.string() }),
  exceptions: { properties: jsonText },
  emit({ resource, spec, own: { restApiId: apiId } }, draft) {
    if (ownApi(resource, apiId, draft))
      draft.put({ kind: "DocumentationPart", apiId, id: resource.stableId, spec }, resource);
  },
});

/** AWS::ApiGateway::DocumentationVersion. It contains the parts of the template. */
export const documentationVersion = resourceType({
  ref: physicalText("DocumentationVersion"),
  spec: objectAt(kinds.DocumentationVersion.spec),
  own: z.object({ documentationVersion: z.string(), restApiId: z.string() }),
  exceptions: { parts: { absent: "they are resources of the template" } },
  emit({ resource, spec, own: { restApiId: apiId, documentationVersion: id } }, draft) {
    if (!ownApi(resource, apiId, draft)) return;
    const parts = draft.entities
      .filter(({ manifest }) => manifest.kind === "DocumentationPart" && manifest.apiId === apiId)
      .map(({ manifest }) => ({ id: manifest.id, ...(manifest.spec as object) }));
    draft.put({ kind: "DocumentationVersion", apiId, id, spec: { ...spec, parts } }, resource);
  },
});
