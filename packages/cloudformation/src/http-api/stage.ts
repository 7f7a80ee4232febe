import { z } from "zod";
import { kinds, objectAt } from "@tollgate/config";
import { NOT_ON_AWS, upperCase } from "../properties.ts";
import { physicalText, resourceType } from "../resource-type.ts";
import { MANAGED, ownHttpApi } from "./api.ts";

/** AWS::ApiGatewayV2::Stage. */
export const stage = resourceType({
  ref: physicalText("StageName"),
  spec: objectAt(kinds.ApiStage.spec),
  own: z.object({ accessPolicyId: z.string().optional(), apiId: z.string(), stageName: z.string() }),
  exceptions: {
    apiGatewayManaged: MANAGED,
    authorizerCacheEpoch: { absent: "operations that flush the cache set it" },
    "defaultRouteSettings.loggingLevel": upperCase,
    "routeSettings.loggingLevel": upperCase,
    meters: { absent: NOT_ON_AWS },
    webAclId: { absent: NOT_ON_AWS },
  },
  emit({ resource, spec, own: { apiId, stageName: id } }, draft) {
    if (ownHttpApi(resource, apiId, draft)) draft.put({ kind: "ApiStage", apiId, id, spec }, resource);
  },
});
