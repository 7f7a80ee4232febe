import { z } from "zod";
import { defineKind } from "../define-kind.ts";
import { deploymentIdRule } from "../identifier.ts";
import { Api } from "./api.ts";

/**
 * A deployment of an HTTP or WebSocket API: an immutable snapshot of it. Created by CreateDeployment, or by a change if a stage has
 * autoDeploy.
 */
const spec = z.strictObject({
  description: z.string().default(""),
  createTimeUnixMs: z.int(),
  /** It was created by a change, not by CreateDeployment. */
  autoDeployed: z.boolean().default(false),
  api: Api.spec,
});

export const ApiDeployment = defineKind({
  name: "ApiDeployment",
  about: "A snapshot of an HTTP or WebSocket API that never changes. Creating a deployment makes it.",
  spec,
  collection: "deployments",
  parent: Api,
  id: deploymentIdRule,
  role: "deployment",
  quota: "deployments",
});
