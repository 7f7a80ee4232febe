import { z } from "zod";
import { kinds, objectAt } from "@tollgate/config";
import { tagList } from "../properties.ts";
import { namedById, resourceType } from "../resource-type.ts";

/** AWS::ApiGateway::VpcLink. Its targets are URLs here, because there are no load balancers. */
export const vpcLink = resourceType({
  ...namedById("VpcLinkId"),
  spec: objectAt(kinds.VpcLink.spec),
  own: z.object({}),
  exceptions: { tags: tagList, targets: { property: "TargetArns" } },
  emit: ({ resource, spec }, draft) => draft.put({ kind: "VpcLink", id: resource.stableId, spec }, resource),
});
