import { z } from "zod";
import { tags } from "../rest-api/rest-api.ts";
import { throttleSettings } from "./throttle.ts";

const METHOD = /^\/.*\/(ANY|DELETE|GET|HEAD|OPTIONS|PATCH|POST|PUT)$/;
/** AWS's limit of methods with a throttle of their own in a plan's stage. */
const METHOD_THROTTLES_MAX = 20;

const apiStage = z.strictObject({
  apiId: z.string().min(1),
  stage: z.string().min(1),
  /** "{resource path}/{METHOD}" -> throttle of each key for that method. */
  throttle: z
    .record(
      z.string().regex(METHOD, "must be named '{resource path}/{METHOD}', such as '/pets/{petId}/GET'"),
      throttleSettings,
    )
    .refine(
      (methods) => Object.keys(methods).length <= METHOD_THROTTLES_MAX,
      `at most ${METHOD_THROTTLES_MAX} methods can have a throttle of their own`,
    )
    .default({}),
});

/** A usage plan: which stages its keys open, how fast and how often (AWS: UsagePlan). */
export const usagePlanSpec = z
  .strictObject({
    name: z.string().min(1).max(255),
    description: z.string().max(1024).optional(),
    apiStages: z.array(apiStage).default([]),
    /** Of each key, over all stages of the plan. */
    throttle: throttleSettings.optional(),
    /** Calls of each key in a period; periods begin at midnight UTC, weeks on Sunday. */
    quota: z
      .strictObject({
        limit: z.int().min(1),
        period: z.enum(["DAY", "WEEK", "MONTH"]),
        /** Calls that are taken off the first period. */
        offset: z.int().min(0).default(0),
      })
      .optional(),
    productCode: z.string().max(255).optional(),
    tags: tags.optional(),
  })
  .superRefine(({ apiStages, quota }, context) => {
    const seen = new Set<string>();
    for (const [i, { apiId, stage }] of apiStages.entries()) {
      const key = `${apiId}:${stage}`;
      if (seen.has(key))
        context.addIssue({
          code: "custom",
          path: ["apiStages", i],
          message: `'${key}' is in the plan twice`,
        });
      seen.add(key);
    }
    if (quota && quota.offset > quota.limit)
      context.addIssue({ code: "custom", path: ["quota", "offset"], message: "must not be over the limit" });
  });
