import { z } from "zod";
import { namedById, resourceType } from "../resource-type.ts";
import { ownHttpApi } from "./api.ts";

/** AWS::ApiGatewayV2::Deployment: a snapshot that is created once, when the resource is new in its stack. */
export const deployment = resourceType({
  ...namedById("DeploymentId"),
  own: z.object({
    apiId: z.string(),
    description: z.string().optional(),
    stageName: z.string().optional(),
  }),
  emit({ resource, own: { apiId, description = "", stageName } }, draft) {
    if (!ownHttpApi(resource, apiId, draft)) return;
    const { stableId: id, at } = resource;
    draft.deployments.push({ kind: "ApiDeployment", apiId, id, description, at });
    if (stageName !== undefined)
      draft.put({ kind: "ApiStage", apiId, id: stageName, spec: { deploymentId: id } }, resource);
  },
});
