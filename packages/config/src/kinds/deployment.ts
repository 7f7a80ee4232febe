import { z } from "zod";
import { defineKind } from "../define-kind.ts";
import { deploymentIdRule } from "../identifier.ts";
import { RestApi } from "./rest-api.ts";

const digest = z.string().regex(/^[0-9a-f]{64}$/);

/**
 * A deployment: an immutable snapshot of an API. What it froze is cut into chunks kept by their digest, so that two deployments that
 * differ in one resource share all chunks but one. Made by CreateDeployment only.
 */
const spec = z.strictObject({
  description: z.string().default(""),
  createTimeUnixMs: z.int(),
  /** It came with a change, to a stage that deploys itself. */
  autoDeployed: z.boolean().default(false),
  methodCount: z.int(),
  restApi: RestApi.spec,
  /** SHA-256 of the chunks, hex, in order. */
  chunks: z.array(digest),
  /** Chunks of the models, request validators and gateway responses. */
  definitions: z.array(digest).default([]),
});

export const Deployment = defineKind({
  name: "Deployment",
  spec,
  collection: "deployments",
  parent: RestApi,
  id: deploymentIdRule,
  role: "deployment",
  quota: "deployments",
});
