import { randomBytes } from "node:crypto";
import { type Entity, methodSettingName, type ThrottleSettings } from "@tollgate/config";
import { limitNames, throttleOf } from "@tollgate/pipeline";
import type { ExplainLimitsRequest } from "@tollgate/proto/control";
import { callsUsed, type Redis, signIn, tokensLeft } from "@tollgate/redis";
import type { Application } from "../application.ts";
import { accountOf } from "../config/wire.ts";
import type { AccountState } from "../mirror/mirror.ts";
import { Refusal } from "../refusal.ts";
import { type KeyQuota, keyQuotaOf } from "../usage/quota-terms.ts";

interface Throttle {
  readonly level: string;
  readonly source: string;
  readonly bucket: string;
  readonly throttle: ThrottleSettings;
}

interface Named {
  readonly account: AccountState;
  readonly accountId: string;
  readonly request: ExplainLimitsRequest;
}

/** The throttle of the method that its stage sets, and where. */
function ofMethod({ account, request }: Named): Throttle | undefined {
  const { apiId, stageName, httpMethod, resourcePath } = request;
  const bucket = limitNames.method({ apiId, stageName, httpMethod, resourcePath });
  const stage = account.find("Stage", apiId, stageName);
  const httpStage = account.find("ApiStage", apiId, stageName);
  if (!stage && !httpStage) throw new Refusal("not-found", `Stage/${stageName} of ${apiId} does not exist`);
  const settings = stage?.spec.methodSettings ?? httpStage?.spec.routeSettings ?? {};
  const own = stage
    ? (methodSettingName(settings, `${resourcePath.slice(1)}/${httpMethod}`) ?? "")
    : `${httpMethod} ${resourcePath}`;
  const found = settings[own] ?? (stage ? settings["*/*"] : httpStage?.spec.defaultRouteSettings);
  const throttle = throttleOf(found);
  const name = settings[own] ? own : "*/*";
  return (
    throttle && { level: "method", source: `Stage/${stageName}.methodSettings.${name}`, bucket, throttle }
  );
}

/** The key's plan that has the stage; undefined: none of its plans has it. */
function planOf({ account, request }: Named, key: Entity<"ApiKey">): Entity<"UsagePlan"> | undefined {
  const { apiId, stageName } = request;
  return key.spec.usagePlanIds
    .map((id) => account.find("UsagePlan", "", id))
    .find((plan) => plan?.spec.apiStages.some((stage) => stage.apiId === apiId && stage.stage === stageName));
}

/** The throttles of a key in its plan. */
function ofKey(named: Named, key: Entity<"ApiKey">, plan: Entity<"UsagePlan">): readonly Throttle[] {
  const { apiId, stageName, httpMethod, resourcePath } = named.request;
  const owner = limitNames.owner(named.accountId, plan.id, key.id);
  const stage = plan.spec.apiStages.find((one) => one.apiId === apiId && one.stage === stageName);
  const name = `${resourcePath}/${httpMethod}`;
  const method = stage?.throttle[name];
  const bucket = limitNames.planMethod(owner, { apiId, stageName, httpMethod, resourcePath });
  const { throttle } = plan.spec;
  return [
    ...(method
      ? [{ level: "plan method", source: `UsagePlan/${plan.id}.apiStages.${name}`, bucket, throttle: method }]
      : []),
    ...(throttle
      ? [{ level: "plan", source: `UsagePlan/${plan.id}.throttle`, bucket: limitNames.plan(owner), throttle }]
      : []),
  ];
}

async function showThrottle(shared: Redis | undefined, nodes: number, given: Throttle) {
  const { level, source, bucket, throttle } = given;
  const shown = { level, source, rate: throttle.rateLimit, burst: BigInt(throttle.burstLimit) };
  if (!shared) return shown;
  const left = await tokensLeft(shared, bucket, throttle);
  return { ...shown, left, nodeShare: left / Math.max(1, nodes) };
}

async function showQuota(shared: Redis | undefined, planId: string, { terms }: KeyQuota) {
  const { limit, period } = terms;
  const shown = { level: "quota", source: `UsagePlan/${planId}.quota`, quota: BigInt(limit), period };
  if (!shared) return shown;
  return { ...shown, left: limit - ((await callsUsed(shared, terms))?.used ?? 0) };
}

function ofAccount({ account, accountId }: Named): Throttle | undefined {
  const { throttleSettings: throttle } = account.find("Account", "", "account")?.spec ?? {};
  const at = { level: "account", source: "Account.throttleSettings", bucket: limitNames.account(accountId) };
  return throttle && { ...at, throttle };
}

/** explainLimits is NodeService.ExplainLimits. */
export async function explainLimits({ mirror, redis }: Application, request: ExplainLimitsRequest) {
  const accountId = accountOf(request.accountId);
  const named = { account: mirror.account(accountId), accountId, request };
  const method = ofMethod(named);
  const key = named.account.find("ApiKey", "", request.apiKeyId || undefined);
  if (request.apiKeyId !== "" && !key)
    throw new Refusal("not-found", `ApiKey/${request.apiKeyId} does not exist`);
  const shared = redis?.isConnected ? redis : undefined;
  const nodes = shared ? (await signIn(shared, "", randomBytes(8).toString("hex"))).live : 0;
  const show = (all: readonly (Throttle | undefined)[]) =>
    Promise.all(all.flatMap((one) => (one ? [showThrottle(shared, nodes, one)] : [])));
  const plan = key && planOf(named, key);
  const quota = key && plan && keyQuotaOf(accountId, plan, key, Date.now());
  return {
    sharingNodeCount: nodes,
    limits: [
      ...(await show(key && plan ? ofKey(named, key, plan) : [])),
      ...(plan && quota ? [await showQuota(shared, plan.id, quota)] : []),
      ...(await show([method, ofAccount(named)])),
    ],
  };
}
