import { z } from "zod";

/** Where an AWS service that integration URIs name is found: the base URL that takes the place of AWS's own. */
export const serviceEndpointSpec = z.strictObject({
  /** Profile of the node's AWS credentials file that signs calls to it; absent: the default credentials of the node. */
  profile: z.string().min(1).max(128).optional(),
  /** http(s) URL without query, such as http://functions:9001. */
  url: z.url({ protocol: /^https?$/, error: "must be an http or https URL, such as http://functions:9001" }),
});
