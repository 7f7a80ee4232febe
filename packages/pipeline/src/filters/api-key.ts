import type { ThrottleSettings, UsagePlanConfig } from "@tollgate/config";
import type { Call, Filter, Route } from "../call/call.ts";
import { deny } from "../call/errors.ts";
import { type ExecutionLog, maskedKey } from "../call/execution-log.ts";
import type { Reply } from "../call/reply.ts";
import type { Ports } from "../engine/ports.ts";
import type { ApiKeyRecord } from "../runtime/directory.ts";
import type { Allowance, Limiter } from "../runtime/limiter.ts";
import { limitNames } from "./limit-names.ts";
import { AllowanceNow } from "./quota-period.ts";
import { exceeded, throttled } from "./too-many.ts";

const forbidden = deny("INVALID_API_KEY");

/** The verbs that a plan can limit by themselves: what is kept of a key does not grow with what callers make up. */
const VERBS = new Set(["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]);

type PlannedStage = UsagePlanConfig["apiStages"][number];
type Late<T> = T | Promise<T>;

interface Planned {
  readonly plan: UsagePlanConfig;
  readonly stage: PlannedStage;
}

/** The key's plan that has this stage; undefined: none of them has it. */
function planOf(
  { usagePlanIds }: ApiKeyRecord,
  { context }: Route,
  { usagePlan }: Ports,
): Planned | undefined {
  for (const id of usagePlanIds) {
    const plan = usagePlan(context.accountId, id);
    const stage = plan?.apiStages.find(
      ({ apiId, stage: name }) => apiId === context.apiId && name === context.stageName,
    );
    if (plan && stage) return { plan, stage };
  }
  return undefined;
}

/** KeyLimits are the limits of a key for one route, worked out once for each version of the key and its plan. */
interface KeyLimits {
  readonly plan: UsagePlanConfig;
  /** Whose calls are counted: the key's in the plan. */
  readonly owner: string;
  readonly methodBucket: string;
  readonly methodThrottle: ThrottleSettings | undefined;
  readonly planBucket: string;
  readonly allowance: AllowanceNow | undefined;
}

function keyLimitsOf({ plan, stage }: Planned, key: ApiKeyRecord, route: Route, verb: string): KeyLimits {
  const { resourcePath, httpMethod } = route;
  const { apiId, stageName } = route.context;
  const owner = limitNames.owner(plan.accountId, plan.id, key.id);
  const method = [verb, httpMethod].find((name) => Object.hasOwn(stage.throttle, `${resourcePath}/${name}`));
  return {
    plan,
    owner,
    methodBucket: limitNames.planMethod(owner, {
      apiId,
      stageName,
      httpMethod: method ?? httpMethod,
      resourcePath,
    }),
    methodThrottle: method === undefined ? undefined : stage.throttle[`${resourcePath}/${method}`],
    planBucket: limitNames.plan(owner),
    allowance: plan.quota && new AllowanceNow(plan.quota, key.quotaGrants[plan.id]),
  };
}

function useQuota({ owner, allowance }: KeyLimits, limiter: Limiter, call: Call): Late<Reply | undefined> {
  if (!allowance) return undefined;
  const now = allowance.at(call.startUnixMs);
  const refused = ({ endsUnixMs }: Allowance) => exceeded(endsUnixMs - call.startUnixMs);
  const used = limiter.use(owner, now);
  if (used instanceof Promise) return used.then((isUsed) => (isUsed ? undefined : refused(now)));
  return used ? undefined : refused(now);
}

function takeOfPlan(limits: KeyLimits, limiter: Limiter, call: Call): Late<Reply | undefined> {
  const { plan, planBucket } = limits;
  if (!plan.throttle) return useQuota(limits, limiter, call);
  const waitMs = limiter.take(planBucket, plan.throttle);
  if (waitMs instanceof Promise)
    return waitMs.then((late) => (late === 0 ? useQuota(limits, limiter, call) : throttled(late)));
  return waitMs === 0 ? useQuota(limits, limiter, call) : throttled(waitMs);
}

/** The limits of a key in AWS's order: its throttle for the method, its throttle for the plan, its quota. At once, where there are tokens at hand. */
function refusalOf(limits: KeyLimits, limiter: Limiter, call: Call): Late<Reply | undefined> {
  const { methodThrottle, methodBucket } = limits;
  if (!methodThrottle) return takeOfPlan(limits, limiter, call);
  const waitMs = limiter.take(methodBucket, methodThrottle);
  if (waitMs instanceof Promise)
    return waitMs.then((late) => (late === 0 ? takeOfPlan(limits, limiter, call) : throttled(late)));
  return waitMs === 0 ? takeOfPlan(limits, limiter, call) : throttled(waitMs);
}

/** What AWS's execution log shows of a key. */
function logUsagePlan(log: ExecutionLog, call: Call, { context }: Route, refused: Reply | undefined): void {
  const key = maskedKey(call.apiKey?.value ?? "");
  const stage = `${context.apiId}/${context.stageName}`;
  log.add(`Verifying Usage Plan for request: ${call.requestId}. API Key: ${key} API Stage: ${stage}`);
  if (!refused) log.add(`Usage Plan check succeeded for API Key ${key} and API Stage ${stage}`);
  else
    log.fail(
      `Usage Plan check failed for API Key ${key} and API Stage ${stage}: ${refused.refusal?.message}`,
    );
}

/**
 * requireApiKey allows whoever comes with a key of a usage plan that has this stage, within the key's throttles and quota (AWS: usage plans
 * and API keys). `read` finds the key in a call; empty: it has none.
 */
export function requireApiKey(route: Route, ports: Ports, read: (call: Call) => string): Filter {
  const { accountId } = route.context;
  /** By key, which is another object after each change of it, and by the verb of the call. */
  const known = new WeakMap<ApiKeyRecord, Map<string, KeyLimits>>();
  const limitsOf = (key: ApiKeyRecord, verb: string): KeyLimits | undefined => {
    let byVerb = known.get(key);
    const limits = byVerb?.get(verb);
    if (limits && ports.usagePlan(accountId, limits.plan.id) === limits.plan) return limits;
    const planned = planOf(key, route, ports);
    if (!planned) return undefined;
    if (!byVerb) known.set(key, (byVerb = new Map()));
    const made = keyLimitsOf(planned, key, route, verb);
    byVerb.set(verb, made);
    return made;
  };
  const allow = (call: Call, value: string, key: ApiKeyRecord | undefined): Late<Reply | undefined> => {
    const verb = VERBS.has(call.method) ? call.method : route.httpMethod;
    const limits = key?.enabled ? limitsOf(key, verb) : undefined;
    if (!key || !limits) return forbidden;
    const caller = { id: key.id, value, usagePlanId: "", customerId: key.customerId ?? "" };
    call.apiKey = caller;
    const settle = (refused: Reply | undefined): Reply | undefined => {
      if (!refused) caller.usagePlanId = limits.plan.id;
      if (call.log) logUsagePlan(call.log, call, route, refused);
      return refused;
    };
    const refused = refusalOf(limits, ports.limiter, call);
    return refused instanceof Promise ? refused.then(settle) : settle(refused);
  };
  return (call) => {
    const value = read(call);
    if (value === "") return forbidden;
    call.log?.hide(value);
    const key = ports.directory.apiKey(accountId, value, call.sourceIp);
    return key instanceof Promise ? key.then((late) => allow(call, value, late)) : allow(call, value, key);
  };
}
