import { z } from "zod";
import { kinds, objectAt } from "@tollgate/config";
import { payloadFormat } from "../properties.ts";
import { namedById, resourceType } from "../resource-type.ts";
import { ownHttpApi } from "./api.ts";

/** AWS::ApiGatewayV2::Authorizer. */
export const authorizer = resourceType({
  ...namedById("AuthorizerId"),
  spec: objectAt(kinds.Api.spec, ["authorizers", "*"]),
  own: z.object({ apiId: z.string() }),
  exceptions: {
    authorizerPayloadFormatVersion: payloadFormat,
  },
  emit({ resource, spec, own: { apiId } }, draft) {
    const api = ownHttpApi(resource, apiId, draft);
    if (api) api.authorizers[resource.stableId] = spec;
  },
});
