import { z } from "zod";
import { tags } from "../rest-api/rest-api.ts";

/** Key of the mapping that has no base path, as AWS writes it. */
export const NO_BASE_PATH = "(none)";

const BASE_PATH = /^(\(none\)|[A-Za-z0-9$_.+!*'()-]+(\/[A-Za-z0-9$_.+!*'()-]+)*)$/;

/** A custom domain: the Host that calls come with, and which stage each of its base paths leads to. */
export const domainNameSpec = z.strictObject({
  /** Base path, or (none) -> API and stage. Without a stage the next path segment names it. */
  basePathMappings: z
    .record(
      z
        .string()
        .regex(
          BASE_PATH,
          "a base path must be segments without slashes around them, such as shop or shop/v1, or (none)",
        ),
      z.strictObject({ restApiId: z.string().min(1), stage: z.string().min(1).optional() }),
    )
    .default({}),
  /** Kept and shown, as AWS's clients wrote them: TLS is ended in front of the gateway. */
  certificateName: z.string().min(1).optional(),
  certificateArn: z.string().min(1).optional(),
  regionalCertificateName: z.string().min(1).optional(),
  regionalCertificateArn: z.string().min(1).optional(),
  endpointConfiguration: z
    .strictObject({ types: z.array(z.enum(["EDGE", "REGIONAL", "PRIVATE"])).length(1) })
    .default({ types: ["EDGE"] }),
  securityPolicy: z.string().min(1).optional(),
  tags: tags.optional(),
});
