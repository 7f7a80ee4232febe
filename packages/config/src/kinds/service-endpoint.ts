import { z } from "zod";
import { defineKind } from "../define-kind.ts";

const spec = z.strictObject({
  /** Profile of the node's AWS credentials file that signs calls to it; absent: the default credentials of the node. */
  profile: z.string().min(1).max(128).optional(),
  /**
   * http(s) URL without query, such as http://functions:9001. That of elasticloadbalancing and servicediscovery locates what VPC links
   * name by ARN, and may have {name} for the name in the ARN, such as http://{name}:8080.
   */
  url: z.url({ protocol: /^https?$/, error: "must be an http or https URL, such as http://functions:9001" }),
});

export const ServiceEndpoint = defineKind({
  name: "ServiceEndpoint",
  about: "The address of an AWS service in integration URIs: the base URL that replaces AWS's own.",
  spec,
  collection: "serviceendpoints",
  id: {
    pattern: /^[a-z0-9-]{1,63}\.([a-z0-9-]{1,63}|\*)$/,
    help: "must be '{service}.{region}', such as lambda.us-east-1 or lambda.*",
  },
  quota: "serviceEndpoints",
  delivery: { within: "account" },
});
