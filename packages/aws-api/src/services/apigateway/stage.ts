import { kinds, objectAt, type SpecOf, wafArn } from "@tollgate/config";
import type { Stored } from "../../port.ts";
import {
  type AwsRequest,
  compact,
  type JsonObject,
  member,
  type Operation,
  orAbsent,
  pathParameter,
  timestamp,
} from "../../protocol/rest-json/operation.ts";
import { found, knownApi, type Noun } from "./crud.ts";
import { badRequest, conflict } from "./errors.ts";
import { readMembers, showMembers } from "./members.ts";
import { applyPatch, asNumber, clearable, entry, flag, type PatchRule, parseFlag, text } from "./patch.ts";
import { accessLogRules, methodSetting, showSetting, stageRefusal, wholeSetting } from "./stage-settings.ts";
import { unmappedStage } from "./uses.ts";

type Spec = SpecOf<"Stage">;
const SHAPE = objectAt(kinds.Stage.spec);
/** Members that AWS's stages do not have. */
const NOT_ON_AWS = ["cacheEpoch", "authorizerCacheEpoch", "autoDeploy", "webAclId", "meters"];
/** Members that only a patch can set. */
const PATCHED_ONLY = ["clientCertificateId", "methodSettings", "accessLogSettings"];

const PATH = "/restapis/{restapi_id}/stages";
const ONE = `${PATH}/{stage_name}`;
/** The size of a cache that was enabled without one. */
const SMALLEST_CACHE_GB = "0.5";

function show(
  { entity: { id, spec }, createdUnixMs, updatedUnixMs }: Stored<"Stage">,
  { region, accountId }: AwsRequest,
): JsonObject {
  const canary = spec.canarySettings;
  return compact({
    stageName: id,
    ...showMembers(spec, SHAPE, [...NOT_ON_AWS, "methodSettings", "canarySettings", "tags"]),
    cacheClusterSize: spec.cacheClusterSize ?? (spec.cacheClusterEnabled ? SMALLEST_CACHE_GB : undefined),
    cacheClusterStatus: spec.cacheClusterEnabled ? "AVAILABLE" : "NOT_AVAILABLE",
    methodSettings: Object.fromEntries(
      Object.entries(spec.methodSettings).map(([name, setting]) => [name, showSetting(setting)]),
    ),
    canarySettings:
      canary && compact({ ...canary, stageVariableOverrides: orAbsent(canary.stageVariableOverrides) }),
    webAclArn: spec.webAclId === undefined ? undefined : wafArn(region, accountId, "webacl", spec.webAclId),
    tags: orAbsent(spec.tags),
    createdDate: timestamp(createdUnixMs),
    lastUpdatedDate: timestamp(updatedUnixMs),
  });
}

const noun: Noun<"Stage"> = {
  kind: "Stage",
  name: "Stage",
  names: "Stages",
  path: PATH,
  idParameter: "stage_name",
  missing: () => "Invalid stage identifier specified",
  show,
};

const canary = (spec: Record<string, unknown>) =>
  (spec.canarySettings ?? { deploymentId: spec.deploymentId }) as Record<string, unknown>;

const canaryRules: readonly PatchRule[] = [
  {
    path: "/canarySettings",
    ops: ["remove"],
    apply: (spec) => {
      delete spec.canarySettings;
    },
  },
  ...(
    [
      ["deploymentId", (value: string) => value],
      ["percentTraffic", asNumber],
      ["useStageCache", parseFlag],
    ] as const
  ).map(
    ([name, parse]): PatchRule => ({
      path: `/canarySettings/${name}`,
      ops: ["replace"],
      apply: (spec, { value = "" }) => {
        spec.canarySettings = { ...canary(spec), [name]: parse(value) };
      },
    }),
  ),
  {
    path: "/canarySettings/stageVariableOverrides/{name}",
    ops: ["add", "replace", "remove"],
    apply: (spec, { op, names: [name = ""], value = "" }) => {
      const { [name]: _old, ...others } = {
        ...(canary(spec).stageVariableOverrides as Record<string, string>),
      };
      spec.canarySettings = {
        ...canary(spec),
        stageVariableOverrides: op === "remove" ? others : { ...others, [name]: value },
      };
    },
  },
];

const COPY =
  "Valid copy:path are [/deploymentId, /variables] and valid copy:from are [/canarySettings/deploymentId, /canarySettings/stageVariableOverrides]";

const refuseCopy = (path: string, from: string | undefined) =>
  badRequest(`Invalid copy operation with path: ${path} and from ${from}. ${COPY}`);

/** copy promotes a canary: the stage gets its deployment, and its variables override the stage's. */
const promotion = (path: string, from: string, apply: PatchRule["apply"]): PatchRule => ({
  path,
  ops: ["copy"],
  apply: (spec, step) => {
    if (step.from !== from) throw refuseCopy(path, step.from);
    if (!spec.canarySettings) throw badRequest("Promotion not available. Canary does not exist.");
    apply(spec, step);
  },
});

const rules: readonly PatchRule[] = [
  ...["/deploymentId", "/description", "/cacheClusterSize"].map((path) => text(path)),
  ...["/clientCertificateId", "/documentationVersion"].map((path) => clearable(path)),
  flag("/cacheClusterEnabled"),
  flag("/tracingEnabled"),
  entry("variables"),
  promotion("/deploymentId", "/canarySettings/deploymentId", (spec) => {
    spec.deploymentId = canary(spec).deploymentId;
  }),
  promotion("/variables", "/canarySettings/stageVariableOverrides", (spec) => {
    spec.variables = {
      ...(spec.variables as object | undefined),
      ...(canary(spec).stageVariableOverrides as object | undefined),
    };
  }),
  {
    path: "/{rest...}",
    ops: ["copy"],
    apply: (_spec, { path, from }) => {
      throw refuseCopy(path, from);
    },
  },
  ...canaryRules,
  ...accessLogRules,
  methodSetting,
  wholeSetting,
];

async function createStage(request: AwsRequest): Promise<JsonObject> {
  const { body } = request;
  const apiId = pathParameter(request, "restapi_id");
  const id = member(body, "stageName", "string") ?? "";
  const account = await request.application.change(request.accountId, (present) => {
    knownApi(present, apiId);
    if (present.get("Stage", apiId, id)) throw conflict("Stage already exists");
    const deploymentId = member(body, "deploymentId", "string") ?? "";
    if (!present.get("Deployment", apiId, deploymentId)) throw badRequest("Deployment id does not exist");
    const canarySettings = member(body, "canarySettings", "map") as
      | Partial<Spec["canarySettings"]>
      | undefined;
    const spec = compact({
      ...readMembers(body, SHAPE, [...NOT_ON_AWS, ...PATCHED_ONLY, "canarySettings"]),
      deploymentId,
      canarySettings: canarySettings && { deploymentId, ...canarySettings },
    });
    return { puts: [{ kind: "Stage", apiId, id, spec }] };
  });
  return show(account.get("Stage", apiId, id) as Stored<"Stage">, request);
}

const flush = (name: string, what: string, epoch: "cacheEpoch" | "authorizerCacheEpoch"): Operation => ({
  name,
  method: "DELETE",
  path: `${ONE}/cache/${what}`,
  status: 202,
  run: async (request) => {
    await request.application.change(request.accountId, (present) => {
      const { entity } = found(noun, present, request);
      const { kind, apiId, id, spec } = entity;
      return { puts: [{ kind, apiId, id, spec: { ...spec, [epoch]: spec[epoch] + 1 } }] };
    });
    return undefined;
  },
});

/** stageOperations are the operations of stages. */
export const stageOperations: readonly Operation[] = [
  { name: "CreateStage", method: "POST", path: PATH, status: 201, run: createStage },
  {
    name: "GetStages",
    method: "GET",
    path: PATH,
    status: 200,
    run: (request) => {
      const account = request.application.account(request.accountId);
      const apiId = pathParameter(request, "restapi_id");
      knownApi(account, apiId);
      const deploymentId = request.query.get("deploymentId");
      const stages = account
        .list("Stage", apiId)
        .filter(({ entity }) => deploymentId === null || entity.spec.deploymentId === deploymentId);
      return { item: stages.map((stored) => show(stored, request)) };
    },
  },
  {
    name: "GetStage",
    method: "GET",
    path: ONE,
    status: 200,
    run: (request) => show(found(noun, request.application.account(request.accountId), request), request),
  },
  {
    name: "UpdateStage",
    method: "PATCH",
    path: ONE,
    status: 200,
    run: async (request) => {
      const apiId = pathParameter(request, "restapi_id");
      const id = pathParameter(request, "stage_name");
      const account = await request.application.change(request.accountId, (present) => {
        const { entity } = found(noun, present, request);
        const spec = applyPatch(entity.spec, request.body, { rules, refusal: stageRefusal });
        for (const deploymentId of [spec.deploymentId, spec.canarySettings && canary(spec).deploymentId])
          if (typeof deploymentId === "string" && !present.get("Deployment", apiId, deploymentId))
            throw badRequest("Deployment id does not exist");
        return { puts: [{ kind: "Stage", apiId, id, spec }] };
      });
      return show(account.get("Stage", apiId, id) as Stored<"Stage">, request);
    },
  },
  {
    name: "DeleteStage",
    method: "DELETE",
    path: ONE,
    status: 202,
    run: async (request) => {
      await request.application.change(request.accountId, (present) => {
        const stored = found(noun, present, request);
        const { entity } = stored;
        unmappedStage(stored, present);
        const inPlan = present
          .list("UsagePlan", "")
          .some(({ entity: plan }) =>
            plan.spec.apiStages.some(({ apiId, stage }) => apiId === entity.apiId && stage === entity.id),
          );
        if (inPlan)
          throw badRequest(
            `Cannot delete stage. API Stage is part of a usage plan: remove ${entity.apiId}:${entity.id} from it first`,
          );
        return { deletes: [entity] };
      });
      return undefined;
    },
  },
  flush("FlushStageCache", "data", "cacheEpoch"),
  flush("FlushStageAuthorizersCache", "authorizers", "authorizerCacheEpoch"),
];
