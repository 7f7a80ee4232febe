import { z } from "zod";
import { defineKind } from "../define-kind.ts";
import { newApiId, shortIdRule } from "../identifier.ts";
import { tags } from "../tags.ts";

/** A named way to private targets: what a VPC link's network load balancer is on AWS. */
const spec = z.strictObject({
  name: z.string().min(1).max(256),
  description: z.string().max(1024).optional(),
  /** http(s)://host[:port] of the targets, without a path. Calls are spread over them; the integration's URI gives path and Host. */
  targets: z
    .array(
      z
        .string()
        .regex(
          /^https?:\/\/[^/?#\s]+$/i,
          "must be http(s)://host or http(s)://host:port without a path, such as http://10.0.0.5:8080",
        ),
    )
    .min(1)
    .max(64),
  tags: tags.optional(),
});

export const VpcLink = defineKind({
  name: "VpcLink",
  spec,
  collection: "vpclinks",
  id: shortIdRule(newApiId),
  quota: "vpcLinks",
  delivery: { within: "account" },
});

/** vpcLinkOf is the VPC link that an integration names itself; a stage variable is looked up when it is compiled. */
export function vpcLinkOf(integration: object | undefined): string | undefined {
  const { connectionType, connectionId } = (integration ?? {}) as {
    readonly connectionType?: string;
    readonly connectionId?: string;
  };
  return connectionType !== "VPC_LINK" || connectionId?.includes("${") ? undefined : connectionId;
}
