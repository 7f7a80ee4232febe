import { z } from "zod";
import { kinds, objectAt } from "@tollgate/config";
import { NOT_ON_AWS } from "../properties.ts";
import { namedById, resourceType } from "../resource-type.ts";

/** AWS::ApiGatewayV2::VpcLink: a link into subnets. Its integrations name what they call, which a ServiceEndpoint locates. */
export const vpcLink = resourceType({
  ...namedById("VpcLinkId"),
  spec: objectAt(kinds.VpcLink.spec),
  own: z.object({}),
  exceptions: {
    description: { absent: NOT_ON_AWS },
    targets: { absent: "integrations name the listener or the load balancer" },
  },
  emit({ resource, spec }, draft) {
    draft.findings.add(
      "warning",
      resource.at,
      "there are no subnets here: calls through this link go to the ServiceEndpoint of elasticloadbalancing or servicediscovery",
    );
    draft.put({ kind: "VpcLink", id: resource.stableId, spec }, resource);
  },
});
