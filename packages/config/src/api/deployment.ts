import { z } from "zod";
import { apiSpec } from "./api.ts";

/** A deployment of an HTTP or WebSocket API: an immutable snapshot of it. Made by CreateDeployment, or with a change where a stage deploys itself. */
export const apiDeploymentSpec = z.strictObject({
  description: z.string().default(""),
  createTimeUnixMs: z.int(),
  /** Nobody asked for it by itself: it came with a change. */
  autoDeployed: z.boolean().default(false),
  api: apiSpec,
});
