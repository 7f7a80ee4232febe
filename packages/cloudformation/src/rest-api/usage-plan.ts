import { z } from "zod";
import { kinds, objectAt } from "@tollgate/config";
import { type Exceptions, exceptionsBelow } from "../from-pascal.ts";
import { NOT_ON_AWS, tagList } from "../properties.ts";
import { namedById, resourceType } from "../resource-type.ts";

const throttle: Exceptions = { rateLimit: { standard: 0 }, burstLimit: { standard: 0 } };

/** AWS::ApiGateway::UsagePlan. */
export const usagePlan = resourceType({
  ...namedById("Id"),
  spec: objectAt(kinds.UsagePlan.spec),
  own: z.object({}),
  exceptions: {
    ...exceptionsBelow("throttle", throttle),
    ...exceptionsBelow("apiStages.throttle", throttle),
    name: { property: "UsagePlanName", isOptional: true },
    productCode: { absent: NOT_ON_AWS },
    tags: tagList,
  },
  emit({ resource, spec: given }, draft) {
    const spec = { name: resource.logicalId, ...given };
    draft.put({ kind: "UsagePlan", id: resource.stableId, spec }, resource);
  },
});

/** AWS::ApiGateway::ApiKey. */
export const apiKey = resourceType({
  ...namedById("APIKeyId"),
  spec: objectAt(kinds.ApiKey.spec),
  own: z.object({
    generateDistinctId: z.boolean().optional(),
    stageKeys: z.array(z.unknown()).optional(),
  }),
  exceptions: {
    quotaGrants: { absent: NOT_ON_AWS },
    tags: tagList,
    usagePlanIds: { absent: "AWS::ApiGateway::UsagePlanKey adds them" },
  },
  emit({ resource, spec: given, own: { stageKeys } }, draft) {
    if (stageKeys !== undefined)
      draft.findings.add(
        "info",
        [...resource.at, "Properties", "StageKeys"],
        "has no effect, as on AWS since usage plans exist: keys may call the stages of their plans",
      );
    const spec = { name: resource.logicalId, enabled: false, ...given, usagePlanIds: [] };
    draft.put({ kind: "ApiKey", id: resource.stableId, spec }, resource);
  },
});

/** AWS::ApiGateway::UsagePlanKey: a key of a plan; both must be in the same template. */
export const usagePlanKey = resourceType({
  ...namedById("Id"),
  own: z.object({ keyId: z.string(), keyType: z.string().optional(), usagePlanId: z.string() }),
  emit({ resource, own: { keyId, usagePlanId } }, draft) {
    const key = draft.specOf("ApiKey", "", keyId) as { usagePlanIds: string[] } | undefined;
    if (key) key.usagePlanIds.push(usagePlanId);
    else
      draft.findings.add(
        "error",
        [...resource.at, "Properties", "KeyId"],
        `'${keyId}' is not a key of this template: add it to its plan where it is created`,
      );
  },
});
