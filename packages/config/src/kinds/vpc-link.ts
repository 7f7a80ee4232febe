import { z } from "zod";
import { defineKind } from "../define-kind.ts";
import { newApiId, shortIdRule } from "../identifier.ts";
import { tags } from "../tags.ts";

/** Named private targets: the counterpart of the network load balancer of AWS's VPC links. */
const spec = z.strictObject({
  name: z.string().min(1).max(256),
  description: z.string().max(1024).optional(),
  /**
   * http(s)://host[:port] of the targets, without a path. Calls are distributed among them; path and Host come from the integration's
   * URI.
   */
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

/** vpcLinkOf is the id of an integration's VPC link; undefined for a stage variable, which is resolved when the stage is compiled. */
export function vpcLinkOf(integration: object | undefined): string | undefined {
  const { connectionType, connectionId } = (integration ?? {}) as {
    readonly connectionType?: string;
    readonly connectionId?: string;
  };
  return connectionType !== "VPC_LINK" || connectionId?.includes("${") ? undefined : connectionId;
}
