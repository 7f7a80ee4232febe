import type { UsagePlanConfig } from "@tollgate/config";
import type { Call, Filter, Route } from "../call/call.ts";
import { deny } from "../call/errors.ts";
import type { ExecutionLog } from "../call/execution-log.ts";
import type { Reply } from "../call/reply.ts";
import type { Ports } from "../engine/ports.ts";
import type { ApiKeyRecord } from "../runtime/directory.ts";
import type { Limiter } from "../runtime/limiter.ts";
import { allowanceOf } from "./quota-period.ts";

const forbidden = deny("INVALID_API_KEY");
const throttled = deny("THROTTLED");
const exceeded = deny("QUOTA_EXCEEDED");

type PlannedStage = UsagePlanConfig["apiStages"][number];

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

/** Limits of a key in AWS's order: its throttle for the method, its throttle for the plan, its quota. */
async function refusalOf(
  key: ApiKeyRecord,
  { plan, stage }: Planned,
  { resourcePath, httpMethod, context }: Route,
  limiter: Limiter,
  call: Call,
): Promise<Reply | undefined> {
  const owner = `${plan.accountId}/${plan.id}/${key.id}`;
  const method = [call.method, httpMethod].find((verb) =>
    Object.hasOwn(stage.throttle, `${resourcePath}/${verb}`),
  );
  const ofMethod = method === undefined ? undefined : stage.throttle[`${resourcePath}/${method}`];
  const bucket = `plan-method/${owner}/${context.apiId}/${context.stageName}${resourcePath}/${method}`;
  if (ofMethod && !(await limiter.take(bucket, ofMethod))) return throttled;
  if (plan.throttle && !(await limiter.take(`plan/${owner}`, plan.throttle))) return throttled;
  if (!plan.quota) return undefined;
  const allowance = allowanceOf(plan.quota, call.startUnixMs);
  const grant = key.quotaGrants[plan.id];
  return (await limiter.use(owner, grant?.period === allowance.period ? { ...allowance, grant } : allowance))
    ? undefined
    : exceeded;
}

/** What AWS's execution log shows of a key. */
function logUsagePlan(log: ExecutionLog, call: Call, { context }: Route, refused: Reply | undefined): void {
  const key = `${"*".repeat(30)}${call.apiKey?.value.slice(-6)}`;
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
export const requireApiKey =
  (route: Route, ports: Ports, read: (call: Call) => string): Filter =>
  async (call) => {
    const value = read(call);
    if (value === "") return forbidden;
    const key = await ports.directory.apiKey(route.context.accountId, value, call.sourceIp);
    const planned = key?.enabled ? planOf(key, route, ports) : undefined;
    if (!key || !planned) return forbidden;
    const caller = { id: key.id, value, usagePlanId: "" };
    call.apiKey = caller;
    const refused = await refusalOf(key, planned, route, ports.limiter, call);
    if (!refused) caller.usagePlanId = planned.plan.id;
    if (call.log) logUsagePlan(call.log, call, route, refused);
    return refused;
  };
