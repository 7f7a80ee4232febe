import { z } from "zod";
import { defineKind } from "../define-kind.ts";
import { facts } from "../facts.ts";
import { newApiId, newApiKeyValue, shortIdRule } from "../identifier.ts";
import { apiKeyName } from "../key-name.ts";
import { raise } from "../problem.ts";
import { tags } from "../tags.ts";
import { UsagePlan } from "./usage-plan.ts";

const VALUE_MIN = 20;
const VALUE_MAX = 128;
/** AWS's limit of plans per key. */
const PLANS_MAX = 10;

const spec = z.strictObject({
  name: z.string().max(1024).optional(),
  description: z.string().max(125_000, "Invalid API Key description specified.").optional(),
  /** The APIs of AWS create keys that are not enabled unless they are asked to; a manifest has no reason to. */
  enabled: z.boolean().default(true),
  /** The value that callers send. A secret: if absent, the stored one is kept, or one of 40 characters is created. */
  value: z
    .string()
    .superRefine(({ length }, context) => {
      if (length < VALUE_MIN) raise(context, facts.API_KEY_TOO_SHORT({ least: VALUE_MIN }));
      if (length > VALUE_MAX) raise(context, facts.API_KEY_TOO_LONG({ most: VALUE_MAX }));
    })
    .regex(/^[\x21-\x7e]*$/, "must contain only printable ASCII characters without spaces")
    .optional(),
  /** Usage plans of the key: at most one per stage. */
  usagePlanIds: z.array(z.string().min(1)).max(PLANS_MAX).default([]),
  /** The rest of the key's quota in a plan, if it was set for the current period (AWS: UpdateUsage). */
  quotaGrants: z
    .record(
      z.string().min(1),
      z.strictObject({
        /** Such as DAY-2026-11-21. */
        period: z
          .string()
          .regex(/^(DAY|WEEK|MONTH)-\d{4}-\d\d-\d\d$/, "must name a period, such as DAY-2026-11-21"),
        remaining: z.int().min(0),
        grantTimeUnixMs: z.int().min(0),
        /** Calls in the period before it was set. */
        usedBefore: z.int().min(0).default(0),
      }),
    )
    .default({}),
  customerId: z.string().max(1024).optional(),
  tags: tags.optional(),
});

export const ApiKey = defineKind({
  name: "ApiKey",
  about: "A key that identifies which customer of an API calls (AWS: ApiKey). It is not a proof of identity.",
  spec,
  collection: "apikeys",
  id: shortIdRule(newApiId),
  references: [
    { to: UsagePlan, of: ({ spec }) => spec.usagePlanIds.map((id, i) => ({ id, at: `usagePlanIds[${i}]` })) },
  ],
  /** (10,000) */
  quota: "apiKeys",
  runtimeMembers: ["quotaGrants"],
  isNumerous: true,
  keyNames: (accountId, { spec }) => (spec.value === undefined ? [] : [apiKeyName(accountId, spec.value)]),
  secret: { path: ["value"], make: newApiKeyValue },
});
