import { z } from "zod";

/** An access key (IAM: AccessKey). */
export const accessKey = z.strictObject({
  /** A secret. If absent, the stored one is kept, or one is created. */
  secretAccessKey: z.string().min(16).max(128).optional(),
  status: z.enum(["Active", "Inactive"]).default("Active"),
  createTimeUnixMs: z.int().min(0).optional(),
});

export const accessKeyId = z
  .string()
  .regex(/^[A-Z0-9]{16,128}$/, "must be 16 to 128 characters of A-Z and 0-9, such as AKIAIOSFODNN7EXAMPLE");
