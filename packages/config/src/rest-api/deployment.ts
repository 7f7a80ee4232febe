import { z } from "zod";
import { restApiSpec } from "./rest-api.ts";

const digest = z.string().regex(/^[0-9a-f]{64}$/);

/**
 * A deployment: an immutable snapshot of an API. What it froze is cut into chunks kept by their digest, so that two deployments that
 * differ in one resource share all chunks but one. Made by CreateDeployment only.
 */
export const deploymentSpec = z.strictObject({
  description: z.string().default(""),
  createTimeUnixMs: z.int(),
  methodCount: z.int(),
  restApi: restApiSpec,
  /** SHA-256 of the chunks, hex, in order. */
  chunks: z.array(digest),
  /** Chunks of the models, request validators and gateway responses. */
  definitions: z.array(digest).default([]),
});
