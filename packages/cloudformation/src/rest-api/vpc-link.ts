import { z } from "zod";
import { kinds, objectAt } from "@tollgate/config";
import type { Exception } from "../from-pascal.ts";
import { tagList } from "../properties.ts";
import { namedById, resourceType } from "../resource-type.ts";

const SUBNETS: Exception = { absent: "AWS::ApiGatewayV2::VpcLink leads into subnets" };

/** AWS::ApiGateway::VpcLink. Its targets are load balancers, which a ServiceEndpoint locates, or URLs. */
export const vpcLink = resourceType({
  ...namedById("VpcLinkId"),
  spec: objectAt(kinds.VpcLink.spec),
  own: z.object({}),
  exceptions: {
    securityGroupIds: SUBNETS,
    subnetIds: SUBNETS,
    tags: tagList,
    targets: { property: "TargetArns" },
  },
  emit({ resource, spec }, draft) {
    const { targets = [] } = spec as { readonly targets?: readonly string[] };
    if (targets.some((target) => target.startsWith("arn:")))
      draft.findings.add(
        "warning",
        [...resource.at, "Properties", "TargetArns"],
        "there are no load balancers here: calls through this link go to the ServiceEndpoint of elasticloadbalancing",
      );
    draft.put({ kind: "VpcLink", id: resource.stableId, spec }, resource);
  },
});
