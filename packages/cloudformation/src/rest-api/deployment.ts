import { z } from "zod";
import { kinds, type ObjectShape, objectAt } from "@tollgate/config";
import type { Json, JsonObject } from "@tollgate/openapi";
import { type Exceptions, fromPascal, type Members } from "../from-pascal.ts";
import { namedById, reportProblems, resourceType } from "../resource-type.ts";
import type { StackDraft } from "../stack-draft.ts";
import type { TemplateResource } from "../template-resource.ts";
import { ownApi } from "./api.ts";
import { settingExceptions, stageExceptions, stageShape } from "./stage.ts";

const setting = objectAt(kinds.Stage.spec, ["methodSettings", "*"]);

/** The stage description of a deployment contains the settings of all methods directly. */
const description: ObjectShape = {
  type: "object",
  members: new Map([...setting.members, ...stageShape.members]),
};
const exceptions: Exceptions = {
  ...settingExceptions,
  ...stageExceptions,
  deploymentId: { absent: "it is this deployment" },
};

/** The spec of the stage that a deployment creates itself; undefined: its description has problems, which are reported. */
function stageOf(resource: TemplateResource, given: JsonObject, draft: StackDraft): Members | undefined {
  const { members, problems } = fromPascal(description, given, exceptions);
  reportProblems(resource, ["StageDescription"], problems, draft);
  if (problems.length > 0) return undefined;
  const isOfAll = ([name]: readonly [string, Json]) => setting.members.has(name);
  const all = Object.fromEntries(Object.entries(members).filter(isOfAll));
  const stage = Object.fromEntries(Object.entries(members).filter((entry) => !isOfAll(entry)));
  const { methodSettings = {}, canarySettings: _canary, ...others } = stage;
  return {
    ...others,
    deploymentId: resource.stableId,
    methodSettings: {
      ...(Object.keys(all).length > 0 ? { "*/*": all } : {}),
      ...(methodSettings as JsonObject),
    },
  };
}

/** AWS::ApiGateway::Deployment: a snapshot that is created once, when the resource is new in its stack. */
export const deployment = resourceType({
  ...namedById("DeploymentId"),
  own: z.object({
    deploymentCanarySettings: z.unknown().optional(),
    description: z.string().optional(),
    restApiId: z.string(),
    stageDescription: z.record(z.string(), z.unknown()).default({}),
    stageName: z.string().optional(),
  }),
  emit({ resource, own }, draft) {
    const { restApiId: apiId, description: text = "", stageName } = own;
    const stage = stageOf(resource, own.stageDescription as JsonObject, draft);
    if (!stage || !ownApi(resource, apiId, draft)) return;
    const { stableId: id, at } = resource;
    if (own.deploymentCanarySettings !== undefined)
      draft.findings.add(
        "error",
        [...at, "Properties", "DeploymentCanarySettings"],
        "a deployment does not create a canary: put CanarySetting into the stage",
      );
    draft.deployments.push({ kind: "Deployment", apiId, id, description: text, at });
    if (stageName !== undefined) draft.put({ kind: "Stage", apiId, id: stageName, spec: stage }, resource);
  },
});
