import { kinds, newApiId, objectAt, type SpecOf } from "@tollgate/config";
import type { AccountView, Stored } from "../../port.ts";
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
import { crud, found, missingApi, type Noun } from "./crud.ts";
import { badRequest, conflict, notFound } from "./errors.ts";
import { readMembers, showMembers } from "./members.ts";
import { page } from "./page.ts";
import { asNumber, flag, number, type PatchRule, refusalA, text } from "./patch.ts";

const KEY_SHAPE = objectAt(kinds.ApiKey.spec);
/** Members that AWS's keys do not have. */
const KEY_NOT_ON_AWS = ["usagePlanIds", "quotaGrants"];
const PLAN_SHAPE = objectAt(kinds.UsagePlan.spec);

const includes = ({ query }: AwsRequest, name: string) => query.get(name) === "true";
const stagesOf = ({ entity: { spec } }: Stored<"ApiKey">, account: AccountView): string[] =>
  spec.usagePlanIds.flatMap((id) =>
    (account.get("UsagePlan", "", id)?.entity.spec.apiStages ?? []).map(
      ({ apiId, stage }) => `${apiId}/${stage}`,
    ),
  );

function showKey(stored: Stored<"ApiKey">, account: AccountView, withValue: boolean): JsonObject {
  const { id, spec } = stored.entity;
  return compact({
    id,
    ...showMembers(spec, KEY_SHAPE, [...KEY_NOT_ON_AWS, ...(withValue ? [] : ["value"])]),
    createdDate: timestamp(stored.createdUnixMs),
    lastUpdatedDate: timestamp(stored.updatedUnixMs),
    stageKeys: stagesOf(stored, account),
  });
}

const newestFirst = (a: Stored, b: Stored) =>
  b.createdUnixMs - a.createdUnixMs || (a.entity.id < b.entity.id ? -1 : 1);

const keyNoun: Noun<"ApiKey"> = {
  // As on AWS, which shows the stages of a key when it is read.
  showUpdated: (shown) => ({ ...shown, stageKeys: [] }),
  kind: "ApiKey",
  name: "ApiKey",
  names: "ApiKeys",
  path: "/apikeys",
  idParameter: "api_Key",
  missing: () => "Invalid API Key identifier specified",
  show: (stored, request, account) =>
    showKey(
      stored,
      account,
      request.path.api_Key === undefined
        ? includes(request, "includeValues")
        : includes(request, "includeValue"),
    ),
  showsNoTags: true,
  order: newestFirst,
  filter: ({ entity: { spec } }, { query }) =>
    (spec.name ?? "").startsWith(query.get("name") ?? "") &&
    (query.get("customerId") === null || spec.customerId === query.get("customerId")),
  patch: {
    refusal: refusalA,
    rules: [text("/description"), flag("/enabled"), text("/name"), text("/customerId")],
  },
};

async function createKey(request: AwsRequest): Promise<JsonObject> {
  const { body } = request;
  const id = newApiId();
  const value = member(body, "value", "string");
  const name = member(body, "name", "string");
  const account = await request.application.change(request.accountId, (present) => {
    if (value && present.keyWith(value)) throw conflict("API Key already exists");
    const spec = compact({
      enabled: false,
      ...readMembers(body, KEY_SHAPE, KEY_NOT_ON_AWS),
      name: name === "" ? undefined : name,
      value: value === "" ? undefined : value,
    });
    return { puts: [{ kind: "ApiKey", apiId: "", id, spec }] };
  });
  return showKey(account.get("ApiKey", "", id) as Stored<"ApiKey">, account, true);
}

type PlanSpec = SpecOf<"UsagePlan">;
type ApiStage = PlanSpec["apiStages"][number];

const showPlan = ({ entity: { id, spec } }: Stored<"UsagePlan">): JsonObject =>
  compact({
    id,
    ...showMembers(spec, PLAN_SHAPE, ["apiStages"]),
    apiStages: spec.apiStages.map(({ apiId, stage, throttle }) =>
      compact({ apiId, stage, throttle: orAbsent(throttle) }),
    ),
  });

const stages = (spec: Record<string, unknown>) => (spec.apiStages as ApiStage[] | undefined) ?? [];
const nameOfStage = ({ apiId, stage }: ApiStage) => `${apiId}:${stage}`;

/** WebSocket APIs have API keys, too; HTTP APIs have none. */
const isPlanned = (account: AccountView, apiId: string): boolean =>
  account.get("RestApi", "", apiId) !== undefined ||
  account.get("Api", "", apiId)?.entity.spec.protocolType === "WEBSOCKET";

/** checkStage throws unless a stage of a plan exists. */
function checkStage(account: AccountView, { apiId, stage }: Pick<ApiStage, "apiId" | "stage">): void {
  if (!isPlanned(account, apiId)) throw notFound(missingApi(apiId, account.accountId));
  if (!account.get("Stage", apiId, stage) && !account.get("ApiStage", apiId, stage))
    throw notFound(`API Stage not found: ${apiId}:${stage}`);
}

const apiStage = (planId: string, account: AccountView): PatchRule => ({
  path: "/apiStages",
  ops: ["add", "remove"],
  apply: (spec, { op, value = "" }) => {
    const [apiId = "", stage] = value.split(":");
    if (stage === undefined) throw badRequest("Invalid API Stage specified");
    const others = stages(spec).filter((one) => nameOfStage(one) !== value);
    if (op === "add") {
      if (others.length < stages(spec).length) throw conflict(`Usage plan already has API stage ${value}`);
      checkStage(account, { apiId, stage });
    } else if (others.length === stages(spec).length)
      throw notFound(`Invalid API Stage {api: ${apiId}, stage: ${stage}} specified for usageplan ${planId}`);
    spec.apiStages = op === "add" ? [...others, { apiId, stage, throttle: {} }] : others;
  },
});

/** /apiStages/{api:stage}/throttle/{path}/{METHOD}[/{limit}]: the path with its slashes escaped. */
const methodThrottle: PatchRule = {
  path: "/apiStages/{stage}/throttle/{rest...}",
  ops: ["add", "replace", "remove"],
  apply: (spec, { op, names: [stage = "", rest = ""], value = "" }) => {
    const limit = /\/(rateLimit|burstLimit)$/.exec(rest)?.[1];
    const method = limit ? rest.slice(0, -limit.length - 1) : rest;
    spec.apiStages = stages(spec).map((one) => {
      if (nameOfStage(one) !== stage) return one;
      const { [method]: present, ...others } = one.throttle;
      if (op === "remove") return { ...one, throttle: others };
      const changed = {
        rateLimit: 0,
        burstLimit: 0,
        ...present,
        ...(limit ? { [limit]: asNumber(value) } : {}),
      };
      return { ...one, throttle: { ...others, [method]: changed } };
    });
  },
};

const whole = (name: string): PatchRule => ({
  path: `/${name}`,
  ops: ["remove"],
  apply: (spec) => {
    delete spec[name];
  },
});

const planNoun: Noun<"UsagePlan"> = {
  kind: "UsagePlan",
  name: "UsagePlan",
  names: "UsagePlans",
  path: "/usageplans",
  idParameter: "usageplanId",
  missing: () => "Invalid Usage Plan ID specified",
  show: showPlan,
  showsNoTags: true,
  create: ({ body }, account) => {
    const name = member(body, "name", "string") ?? "";
    if (name === "") throw badRequest("Usage plan name cannot be blank");
    const given = (member(body, "apiStages", "list") ?? []) as readonly (ApiStage | null)[];
    const apiStages = given.map((one) => {
      if (one === null) throw badRequest("Invalid API Stage specified");
      if (!one.apiId || !one.stage)
        // AWS's sentence has no values in its places.
        throw badRequest(
          "Invalid API Stage {api: %s, stage: %s} specified for usageplan %s",
          "apiStages: each must have an apiId and a stage",
        );
      checkStage(account, one);
      return one;
    });
    return {
      id: newApiId(),
      spec: compact({
        // Only a patch can set the product code of AWS Marketplace.
        ...readMembers(body, PLAN_SHAPE, ["apiStages", "productCode"]),
        apiStages: apiStages.map((one) => compact({ ...one })),
      }),
    };
  },
  patch: ({ entity: { id } }, account) => ({
    refusal: refusalA,
    rules: [
      ...["/name", "/description"].map((path) => text(path)),
      // Terraform adds the code.
      text("/productCode", ["replace", "add", "remove"]),
      number("/quota/limit", ["replace", "add"]),
      number("/quota/offset", ["replace", "add"]),
      text("/quota/period", ["replace", "add"]),
      number("/throttle/rateLimit", ["replace", "add"]),
      number("/throttle/burstLimit", ["replace", "add"]),
      whole("quota"),
      whole("throttle"),
      apiStage(id, account),
      methodThrottle,
    ],
  }),
  beforeDelete: ({ entity: { id, spec } }, account) => {
    const [apiStage] = spec.apiStages;
    // aws/aws-sdk-js#3841
    if (apiStage)
      throw badRequest(
        `Cannot delete Usage Plan ${id} because there are API Stages associated with it, including ${apiStage.apiId}:${apiStage.stage}`,
      );
    // The keys of the plan are kept.
    return keysOf(account, id).map(({ entity: { spec: key, ...ref } }) => ({
      ...ref,
      spec: { ...key, usagePlanIds: key.usagePlanIds.filter((one) => one !== id) },
    }));
  },
  filter: ({ entity: { id } }, request) => {
    const keyId = request.query.get("keyId");
    const key =
      keyId === null ? undefined : request.application.account(request.accountId).get("ApiKey", "", keyId);
    return keyId === null || key?.entity.spec.usagePlanIds.includes(id) === true;
  },
};

const keysOf = (account: AccountView, planId: string) =>
  account
    .list("ApiKey", "")
    .filter(({ entity }) => entity.spec.usagePlanIds.includes(planId))
    .sort(newestFirst);

const showPlanKey = ({ entity: { id, spec } }: Stored<"ApiKey">): JsonObject =>
  compact({ id, type: "API_KEY", name: spec.name, value: spec.value });

const planId = (request: AwsRequest) => pathParameter(request, "usageplanId");
const PLAN_KEYS = "/usageplans/{usageplanId}/keys";

function planKeyOf(account: AccountView, request: AwsRequest): Stored<"ApiKey"> {
  const key = account.get("ApiKey", "", pathParameter(request, "keyId"));
  found(planNoun, account, request);
  if (!key?.entity.spec.usagePlanIds.includes(planId(request)))
    throw notFound("Invalid API Key identifier specified");
  return key;
}

/** Adds a key to a plan, or removes it. */
async function setPlan(request: AwsRequest, keyId: string, isIn: boolean): Promise<AccountView> {
  return request.application.change(request.accountId, (present) => {
    found(planNoun, present, request);
    const key = present.get("ApiKey", "", keyId)?.entity;
    if (!key) throw notFound("Invalid API Key identifier specified");
    const has = key.spec.usagePlanIds.includes(planId(request));
    if (isIn && has) throw conflict(`Usage Plan Key ${keyId} already exists`);
    if (!isIn && !has) throw notFound("Invalid API Key identifier specified");
    const others = key.spec.usagePlanIds.filter((id) => id !== planId(request));
    const spec = { ...key.spec, usagePlanIds: isIn ? [...others, planId(request)] : others };
    return { puts: [{ kind: "ApiKey", apiId: "", id: keyId, spec }] };
  });
}

const planKeys: readonly Operation[] = [
  {
    name: "GetUsagePlanKeys",
    method: "GET",
    path: PLAN_KEYS,
    status: 200,
    run: (request) => {
      const name = request.query.get("name") ?? "";
      const keys = keysOf(request.application.account(request.accountId), planId(request)).filter(
        ({ entity }) => (entity.spec.name ?? "").startsWith(name),
      );
      return page(request, keys.map(showPlanKey), ({ id }) => String(id));
    },
  },
  {
    name: "CreateUsagePlanKey",
    method: "POST",
    path: PLAN_KEYS,
    status: 201,
    run: async (request) => {
      const keyId = member(request.body, "keyId", "string") ?? "";
      const keyType = member(request.body, "keyType", "string") ?? "";
      if (keyType !== "API_KEY") throw badRequest("Invalid key type specified: it must be API_KEY");
      const account = await setPlan(request, keyId, true);
      return showPlanKey(account.get("ApiKey", "", keyId) as Stored<"ApiKey">);
    },
  },
  {
    name: "GetUsagePlanKey",
    method: "GET",
    path: `${PLAN_KEYS}/{keyId}`,
    status: 200,
    run: (request) => showPlanKey(planKeyOf(request.application.account(request.accountId), request)),
  },
  {
    name: "DeleteUsagePlanKey",
    method: "DELETE",
    path: `${PLAN_KEYS}/{keyId}`,
    status: 202,
    run: async (request) => {
      await setPlan(request, pathParameter(request, "keyId"), false);
      return undefined;
    },
  },
];

/** usagePlanOperations are the operations of API keys, usage plans, and the keys of plans. */
export const usagePlanOperations: readonly Operation[] = [
  ...crud(keyNoun),
  { name: "CreateApiKey", method: "POST", path: "/apikeys", status: 201, run: createKey },
  ...crud(planNoun),
  ...planKeys,
];
