import { z } from "zod";
import { kinds, objectAt } from "@tollgate/config";
import { NOT_ON_AWS } from "../properties.ts";
import { namedById, resourceType } from "../resource-type.ts";

/** AWS::ApiGatewayV2::VpcLink: a connection into subnets, which are not supported. */
export const vpcLink = resourceType({
  ...namedById("VpcLinkId"),
  spec: objectAt(kinds.VpcLink.spec),
  own: z.object({
    securityGroupIds: z.array(z.string()).optional(),
    subnetIds: z.array(z.string()),
  }),
  exceptions: {
    description: { absent: NOT_ON_AWS },
    targets: { absent: "a VPC link of HTTP APIs leads into subnets" },
  },
  emit({ resource }, draft) {
    draft.findings.add(
      "error",
      [...resource.at, "Properties", "SubnetIds"],
      "subnets are not supported: create a VpcLink with the URLs of its targets (tollgate apply), and use its id as ConnectionId",
    );
  },
});
