import { z } from "zod";
import { compact, flag, number, tags, text } from "../properties.ts";
import { resourceType } from "../resource-type.ts";

const throttle = z.strictObject({ BurstLimit: number.optional(), RateLimit: number.optional() });

const throttleOf = (given: z.output<typeof throttle> | undefined) =>
  given && { rateLimit: given.RateLimit ?? 0, burstLimit: given.BurstLimit ?? 0 };

const planProperties = z.strictObject({
  ApiStages: z
    .array(
      z.strictObject({
        ApiId: text,
        Stage: text,
        Throttle: z.record(z.string(), throttle).optional(),
      }),
    )
    .optional(),
  Description: text.optional(),
  Quota: z
    .strictObject({ Limit: number.optional(), Offset: number.optional(), Period: text.optional() })
    .optional(),
  Tags: tags.optional(),
  Throttle: throttle.optional(),
  UsagePlanName: text.optional(),
});

/** AWS::ApiGateway::UsagePlan. */
export const usagePlan = resourceType<z.output<typeof planProperties>>({
  properties: planProperties,
  ref: ({ stableId }) => stableId,
  attributes: { Id: ({ stableId }) => stableId },
  emit(resource, given, draft) {
    const { Quota: quota } = given;
    const spec = compact({
      name: given.UsagePlanName ?? resource.logicalId,
      description: given.Description,
      apiStages: given.ApiStages?.map(({ ApiId: apiId, Stage: stage, Throttle: methods = {} }) => ({
        apiId,
        stage,
        throttle: Object.fromEntries(Object.entries(methods).map(([name, one]) => [name, throttleOf(one)])),
      })),
      throttle: throttleOf(given.Throttle),
      quota: quota && compact({ limit: quota.Limit, offset: quota.Offset, period: quota.Period }),
      tags: given.Tags,
    });
    draft.put({ kind: "UsagePlan", id: resource.stableId, spec }, resource);
  },
});

const keyProperties = z.strictObject({
  CustomerId: text.optional(),
  Description: text.optional(),
  Enabled: flag.optional(),
  GenerateDistinctId: flag.optional(),
  Name: text.optional(),
  StageKeys: z.array(z.unknown()).optional(),
  Tags: tags.optional(),
  Value: text.optional(),
});

/** AWS::ApiGateway::ApiKey. */
export const apiKey = resourceType<z.output<typeof keyProperties>>({
  properties: keyProperties,
  ref: ({ stableId }) => stableId,
  attributes: { APIKeyId: ({ stableId }) => stableId },
  emit(resource, given, draft) {
    if (given.StageKeys !== undefined)
      draft.findings.add(
        "info",
        [...resource.at, "Properties", "StageKeys"],
        "has no effect, as on AWS since there are usage plans: keys open the stages of their plans",
      );
    const spec = compact({
      name: given.Name ?? resource.logicalId,
      description: given.Description,
      enabled: given.Enabled ?? false,
      value: given.Value,
      customerId: given.CustomerId,
      tags: given.Tags,
      usagePlanIds: [],
    });
    draft.put({ kind: "ApiKey", id: resource.stableId, spec }, resource);
  },
});

const planKeyProperties = z.strictObject({ KeyId: text, KeyType: text.optional(), UsagePlanId: text });

/** AWS::ApiGateway::UsagePlanKey: a key of a plan, both of one template. */
export const usagePlanKey = resourceType<z.output<typeof planKeyProperties>>({
  properties: planKeyProperties,
  ref: ({ stableId }) => stableId,
  attributes: { Id: ({ stableId }) => stableId },
  emit(resource, { KeyId: keyId, UsagePlanId: planId }, draft) {
    const key = draft.specOf("ApiKey", "", keyId) as { usagePlanIds: string[] } | undefined;
    if (key) key.usagePlanIds.push(planId);
    else
      draft.findings.add(
        "error",
        [...resource.at, "Properties", "KeyId"],
        `'${keyId}' is no key of this template: give it its plan where it is made`,
      );
  },
});
