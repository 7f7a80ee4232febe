import { z } from "zod";
import { kinds, objectAt } from "@tollgate/config";
import { type Exceptions, exceptionsBelow, type Members } from "../from-pascal.ts";
import { ASSOCIATED, NOT_ON_AWS, tagList, upperCase } from "../properties.ts";
import { physicalText, resourceType } from "../resource-type.ts";
import { ownApi } from "./api.ts";

const FLUSHED = { absent: "flushing the cache increases it" };

/** stageShape is the shape of stages of all resource types. */
export const stageShape = objectAt(kinds.Stage.spec);

/** settingExceptions are the exceptions of method settings. */
export const settingExceptions: Exceptions = {
  loggingLevel: upperCase,
  requireAuthorizationForCacheControl: { absent: NOT_ON_AWS },
  unauthorizedCacheControlHeaderStrategy: { absent: NOT_ON_AWS },
};

/** The name of a method's settings: "pets/GET" of /pets and GET, and all methods by "*" + "/*". */
function settingName([path = "/*", verb = "*"]: readonly (string | undefined)[]): string {
  const plain = path.replaceAll("~1", "/").replace(/^\/+/, "");
  return `${plain}/${verb}`;
}

/** stageExceptions are the exceptions of stages of all resource types. */
export const stageExceptions: Exceptions = {
  ...exceptionsBelow("methodSettings", settingExceptions),
  accessLogSettings: { property: "AccessLogSetting" },
  authorizerCacheEpoch: FLUSHED,
  autoDeploy: { absent: NOT_ON_AWS },
  cacheEpoch: FLUSHED,
  canarySettings: { property: "CanarySetting" },
  "canarySettings.deploymentId": { isOptional: true },
  methodSettings: { list: { key: ["resourcePath", "httpMethod"], name: settingName } },
  meters: { absent: NOT_ON_AWS },
  tags: tagList,
  webAclId: ASSOCIATED,
};

/** A canary without a deployment is ignored. */
function withoutEmptyCanary({ canarySettings, ...spec }: Members): Members {
  const canary = canarySettings as Members | undefined;
  return canary?.deploymentId === undefined ? spec : { ...spec, canarySettings: canary };
}

/** AWS::ApiGateway::Stage. */
export const stage = resourceType({
  spec: stageShape,
  own: z.object({ restApiId: z.string(), stageName: z.string().optional() }),
  exceptions: stageExceptions,
  ref: (resource) => physicalText("StageName")(resource) ?? resource.logicalId,
  emit({ resource, spec, own: { restApiId: apiId, stageName: id = resource.logicalId } }, draft) {
    if (ownApi(resource, apiId, draft))
      draft.put({ kind: "Stage", apiId, id, spec: withoutEmptyCanary(spec) }, resource);
  },
});
