import { z } from "zod";
import { tags } from "../rest-api/rest-api.ts";

/** A named way to private targets: what a VPC link's network load balancer is on AWS. */
export const vpcLinkSpec = z.strictObject({
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
