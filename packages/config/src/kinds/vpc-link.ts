import { z } from "zod";
import { defineKind } from "../define-kind.ts";
import { facts } from "../facts.ts";
import { newApiId, shortIdRule } from "../identifier.ts";
import { LOAD_BALANCER_ARN } from "../load-balancer.ts";
import { raise } from "../problem.ts";
import { tags } from "../tags.ts";

const target = z.string().superRefine((given, context) => {
  if (!/^https?:\/\/[^/?#\s]+$/i.test(given) && !LOAD_BALANCER_ARN.test(given))
    raise(context, facts.VPC_LINK_TARGET_INVALID());
});

const spec = z
  .strictObject({
    name: z.string().min(1).max(256),
    description: z.string().max(1024).optional(),
    /**
     * http(s)://host[:port] of the targets, without a path, or ARNs of load balancers, which a ServiceEndpoint of elasticloadbalancing
     * locates. Calls are distributed among them; path and Host come from the integration's URI.
     */
    targets: z.array(target).max(64).default([]),
    /** Subnets of a link without targets: its integrations name the load balancer, the listener or the Cloud Map service by its ARN. */
    subnetIds: z.array(z.string().min(1)).max(64).optional(),
    securityGroupIds: z.array(z.string().min(1)).max(64).optional(),
    tags: tags.optional(),
  })
  .superRefine(({ targets, subnetIds = [] }, context) => {
    if (targets.length === 0 && subnetIds.length === 0)
      raise(context, facts.VPC_LINK_TARGET_REQUIRED(), ["targets"]);
  });

export const VpcLink = defineKind({
  name: "VpcLink",
  about: "Named private targets: the counterpart of the load balancers of AWS's VPC links.",
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
