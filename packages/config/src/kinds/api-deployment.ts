import { z } from "zod";
import { defineKind } from "../define-kind.ts";
import { deploymentIdRule } from "../identifier.ts";
import { Api } from "./api.ts";

/** A deployment of an HTTP or WebSocket API: an immutable snapshot of it. Made by CreateDeployment, or with a change where a stage deploys itself. */
const spec = z.strictObject({
  description: z.string().default(""),
  createTimeUnixMs: z.int(),
  /** Nobody asked for it by itself: it came with a change. */
  autoDeployed: z.boolean().default(false),
  api: Api.spec,
});

export const ApiDeployment = defineKind({
  name: "ApiDeployment",
  spec,
  collection: "deployments",
  parent: Api,
  id: deploymentIdRule,
  role: "deployment",
  quota: "deployments",
});
