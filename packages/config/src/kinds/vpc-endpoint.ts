import { z } from "zod";
import { defineKind } from "../define-kind.ts";
import { tags } from "../tags.ts";

const spec = z.strictObject({
  /** The network that the endpoint belongs to: aws:SourceVpc of the calls that come through it. */
  vpcId: z.string().regex(/^vpc-[a-z0-9]{1,64}$/, "must be the id of a VPC, such as vpc-0a1b2c3d"),
  description: z.string().max(1024).optional(),
  tags: tags.optional(),
});

export const VpcEndpoint = defineKind({
  name: "VpcEndpoint",
  about:
    "A way into the gateway from a private network, by the id that its nodes know it by (AWS: an interface endpoint of execute-api).",
  spec,
  collection: "vpcendpoints",
  id: {
    pattern: /^vpce-[a-z0-9]{1,64}$/,
    help: "must be the id of a VPC endpoint, such as vpce-0a1b2c3d",
  },
  quota: "vpcEndpoints",
  delivery: { within: "account" },
});
