import { z } from "zod";

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
});
