import { z } from "zod";
import { defineKind } from "../define-kind.ts";

/** With * for any text and ? for one character. */
const pattern = z.string().min(1).max(128).default("*");

const spec = z.strictObject({
  /** Rules are asked in ascending order; the first one that matches decides. */
  priority: z.int().min(1).max(10_000),
  /** Calls of each second that are sampled before the rate counts. */
  reservoirSize: z.int().min(0).max(1_000_000).default(0),
  /** The share of the other calls that are sampled. */
  fixedRate: z.number().min(0).max(1),
  /** {API name}/{stage}. */
  serviceName: pattern,
  /** That of stages is AWS::ApiGateway::Stage. */
  serviceType: pattern,
  /** ARN of the stage. */
  resourceArn: z.string().min(1).max(500).default("*"),
  /** The Host header. */
  host: pattern,
  httpMethod: pattern,
  /** The path below the stage. */
  urlPath: pattern,
  /** Request headers, by their names. */
  attributes: z.record(z.string().min(1).max(32), z.string().min(1).max(32)).default({}),
});

export const SamplingRule = defineKind({
  name: "SamplingRule",
  about: "Which calls of traced stages are sampled, as a sampling rule of AWS X-Ray.",
  spec,
  collection: "samplingrules",
  id: { pattern: /^[\w.-]{1,32}$/, help: "must be 1 to 32 letters, digits, '_', '.' or '-'" },
  quota: "samplingRules",
  delivery: { within: "account" },
});
