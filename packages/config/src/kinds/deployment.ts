import { z } from "zod";
import { defineKind } from "../define-kind.ts";
import { deploymentIdRule } from "../identifier.ts";
import { RestApi } from "./rest-api.ts";

const digest = z.string().regex(/^[0-9a-f]{64}$/);

/**
 * A deployment: an immutable snapshot of an API. Its content is split into chunks stored by digest, so that two deployments that
 * differ in one resource share all chunks but one. Only CreateDeployment and autoDeploy create it.
 */
const spec = z.strictObject({
  description: z.string().default(""),
  createTimeUnixMs: z.int(),
  /** It was created by a change, for a stage with autoDeploy. */
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
  about: "A snapshot of a REST API that never changes. Creating a deployment makes it.",
  spec,
  collection: "deployments",
  parent: RestApi,
  id: deploymentIdRule,
  role: "deployment",
  quota: "deployments",
});
