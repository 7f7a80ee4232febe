import { z } from "zod";
import { usagePlanArtifactName } from "../artifact-name.ts";
import { defineKind } from "../define-kind.ts";
import { facts } from "../facts.ts";
import { newApiId, shortIdRule } from "../identifier.ts";
import { raise } from "../problem.ts";
import { tags } from "../tags.ts";
import { throttleSettings } from "../usage-plan/throttle.ts";
import { ApiStage } from "./api-stage.ts";
import { Stage } from "./stage.ts";

const METHOD = /^\/.*\/(ANY|DELETE|GET|HEAD|OPTIONS|PATCH|POST|PUT)$/;
/** AWS's limit of methods with their own throttle per stage of a plan. */
const METHOD_THROTTLES_MAX = 20;

const apiStage = z.strictObject(
  {
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
        `at most ${METHOD_THROTTLES_MAX} methods can have their own throttle`,
      )
      .default({}),
  },
  {
    error: ({ code, keys = [] }) =>
      code === "unrecognized_keys" && (keys as readonly string[]).includes("restApiId")
        ? "unknown member 'restApiId': a plan names the APIs of its stages as apiId, of whatever type they are"
        : undefined,
  },
);

const spec = z
  .strictObject({
    name: z.string().min(1).max(255),
    description: z.string().max(1024).optional(),
    apiStages: z.array(apiStage).default([]),
    /** Limit of each key, for all stages of the plan together. */
    throttle: throttleSettings.optional(),
    /** Calls of each key per period. Periods begin at midnight UTC, weeks on Sunday. */
    quota: z
      .strictObject({
        limit: z.int().min(1),
        period: z.enum(["DAY", "WEEK", "MONTH"]),
        /** Calls that are subtracted from the limit in the first period. */
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
      if (seen.has(key)) raise(context, facts.LISTED_TWICE({ name: key }), ["apiStages", i]);
      seen.add(key);
    }
    if (quota && quota.offset > quota.limit) raise(context, facts.OFFSET_OVER_LIMIT(), ["quota", "offset"]);
  });

/** UsagePlanConfig is a usage plan as it is delivered: it takes effect at once, without a deployment. */
export interface UsagePlanConfig extends Pick<z.output<typeof spec>, "apiStages" | "throttle" | "quota"> {
  readonly accountId: string;
  readonly id: string;
}

export const UsagePlan = defineKind({
  name: "UsagePlan",
  about: "A usage plan: which stages its keys may call, how fast and how often (AWS: UsagePlan).",
  spec,
  collection: "usageplans",
  id: shortIdRule(newApiId),
  references: [
    {
      to: Stage,
      or: ApiStage,
      of: ({ spec }) =>
        spec.apiStages.map(({ apiId, stage }, i) => ({ apiId, id: stage, at: `apiStages[${i}]` })),
    },
  ],
  /** (300) */
  quota: "usagePlans",
  delivery: {
    within: "itself",
    nameOf: (accountId, { id }) => usagePlanArtifactName(accountId, id),
    contentOf: (accountId, { id, spec: { apiStages, throttle, quota } }): UsagePlanConfig => ({
      accountId,
      id,
      apiStages,
      throttle,
      quota,
    }),
  },
});
