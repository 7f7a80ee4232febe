import { z } from "zod";

/** An access key (IAM: AccessKey). */
export const accessKey = z.strictObject({
  /** A secret: left out, the stored one stays, or one is made. */
  secretAccessKey: z.string().min(16).max(128).optional(),
  status: z.enum(["Active", "Inactive"]).default("Active"),
  createTimeUnixMs: z.int().min(0).optional(),
});

export const accessKeyId = z
  .string()
  .regex(/^[A-Z0-9]{16,128}$/, "must be 16 to 128 of A-Z and 0-9, such as AKIAIOSFODNN7EXAMPLE");
