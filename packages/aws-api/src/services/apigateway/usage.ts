import { isDate, quotaPeriodOf, type SpecOf } from "@tollgate/config";
import type { AccountView, KeyUsage, Stored } from "../../port.ts";
import {
  type AwsRequest,
  type JsonObject,
  type Operation,
  pathParameter,
} from "../../protocol/rest-json/operation.ts";
import { badRequest, notFound } from "./errors.ts";
import { page } from "./page.ts";
import { applyPatch, asNumber, type PatchRule, refusalA } from "./patch.ts";

const DAY_MS = 86_400_000;
/** The most days of one request. */
const DAYS_MAX = 366;
/** The remaining calls if a plan has no quota. */
const UNLIMITED = -1;

type Plan = SpecOf<"UsagePlan">;
type Quota = NonNullable<Plan["quota"]>;
type Key = SpecOf<"ApiKey">;

const dateText = (unixMs: number) => new Date(unixMs).toISOString().slice(0, 10);

function dayOf(request: AwsRequest, name: string): number {
  const text = request.query.get(name) ?? "";
  if (!isDate(text))
    throw badRequest(`Invalid ${name} '${text}' specified: must be a date, such as 2026-11-21`);
  return Date.parse(`${text}T00:00:00Z`);
}

/** Calls with one key by day. */
type Days = ReadonlyMap<number, number>;

function byKey(rows: readonly KeyUsage[]): Map<string, Map<number, number>> {
  const keys = new Map<string, Map<number, number>>();
  for (const { apiKeyId, dayUnixMs, callCount } of rows) {
    const days = keys.get(apiKeyId) ?? new Map<number, number>();
    keys.set(apiKeyId, days.set(dayUnixMs, callCount));
  }
  return keys;
}

const usedFrom = (days: Days, from: number, to: number): number => {
  let used = 0;
  for (let day = from; day <= to; day += DAY_MS) used += days.get(day) ?? 0;
  return used;
};

/** The remaining calls of a quota at the end of a day. */
function remaining(
  quota: Quota | undefined,
  grant: Key["quotaGrants"][string] | undefined,
  days: Days,
  day: number,
): number {
  if (!quota) return UNLIMITED;
  const { name, startUnixMs } = quotaPeriodOf(quota.period, day);
  const used = usedFrom(days, startUnixMs, day);
  const isGranted = grant?.period === name;
  return Math.max(0, isGranted ? grant.remaining - (used - grant.usedBefore) : quota.limit - used);
}

function planOf(account: AccountView, request: AwsRequest): Plan {
  const plan = account.get("UsagePlan", "", pathParameter(request, "usageplanId"));
  if (!plan) throw notFound("Invalid Usage Plan ID specified");
  return plan.entity.spec;
}

function keyOf(account: AccountView, request: AwsRequest, id: string): Stored<"ApiKey"> {
  const key = account.get("ApiKey", "", id);
  if (!key?.entity.spec.usagePlanIds.includes(pathParameter(request, "usageplanId")))
    throw notFound("Invalid API Key identifier specified");
  return key;
}

/** Used and remaining calls for each day of a range. */
function daily(
  plan: Plan,
  planId: string,
  key: Key | undefined,
  days: Days,
  [start, end]: readonly [number, number],
) {
  const rows: [number, number][] = [];
  for (let day = start; day <= end; day += DAY_MS)
    rows.push([days.get(day) ?? 0, remaining(plan.quota, key?.quotaGrants[planId], days, day)]);
  return rows;
}

async function getUsage(request: AwsRequest): Promise<JsonObject> {
  const { application, accountId, query } = request;
  const account = application.account(accountId);
  const plan = planOf(account, request);
  const usagePlanId = pathParameter(request, "usageplanId");
  const [start, end] = [dayOf(request, "startDate"), dayOf(request, "endDate")];
  if (end < start) throw badRequest("Invalid date range specified: endDate must not be before startDate");
  if ((end - start) / DAY_MS >= DAYS_MAX)
    throw badRequest(`Invalid date range specified: it must not exceed ${DAYS_MAX} days`);
  const apiKeyId = query.get("keyId") ?? undefined;
  if (apiKeyId !== undefined) keyOf(account, request, apiKeyId);
  const rows = await application.keyUsage(accountId, {
    usagePlanId,
    apiKeyId,
    // The remaining calls of the first day depend on the earlier days of its period.
    startUnixMs: plan.quota ? quotaPeriodOf(plan.quota.period, start).startUnixMs : start,
    endUnixMs: end + DAY_MS,
  });
  const counted = byKey(rows);
  if (apiKeyId !== undefined && !counted.has(apiKeyId)) counted.set(apiKeyId, new Map());
  const items = [...counted].map(([id, days]) => {
    const key = account.get("ApiKey", "", id)?.entity.spec;
    return { id, days: daily(plan, usagePlanId, key, days, [start, end]) };
  });
  const { item, position } = page(
    request,
    items.sort((a, b) => (a.id < b.id ? -1 : 1)),
    ({ id }) => String(id),
  ) as { item: typeof items; position?: string };
  return {
    usagePlanId,
    startDate: dateText(start),
    endDate: dateText(end),
    values: Object.fromEntries(item.map(({ id, days }) => [id, days])),
    ...(position === undefined ? {} : { position }),
  };
}

const remainingRule: PatchRule = {
  path: "/remaining",
  ops: ["replace"],
  apply: (spec, { value = "" }) => {
    const left = asNumber(value) as number;
    if (!Number.isInteger(left) || left < 0)
      throw badRequest(`Invalid remaining '${value}' specified: must be a whole number, at least 0`);
    spec.remaining = left;
  },
};

async function updateUsage(request: AwsRequest): Promise<JsonObject> {
  const { application, accountId } = request;
  const [planId, keyId] = [pathParameter(request, "usageplanId"), pathParameter(request, "keyId")];
  const patch = { refusal: refusalA, rules: [remainingRule] };
  const { remaining: left } = applyPatch({}, request.body, patch) as { remaining?: number };
  const plan = planOf(application.account(accountId), request);
  keyOf(application.account(accountId), request, keyId);
  if (!plan.quota) throw badRequest("Usage plan has no quota: there is nothing to extend");
  const today = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  const { name: period, startUnixMs } = quotaPeriodOf(plan.quota.period, today);
  const rows = await application.keyUsage(accountId, {
    usagePlanId: planId,
    apiKeyId: keyId,
    startUnixMs,
    endUnixMs: today + DAY_MS,
  });
  const days = byKey(rows).get(keyId) ?? new Map<number, number>();
  const account =
    left === undefined
      ? application.account(accountId)
      : await application.change(accountId, (present) => {
          const { entity } = keyOf(present, request, keyId);
          const grant = {
            period,
            remaining: left,
            grantTimeUnixMs: Date.now(),
            usedBefore: usedFrom(days, startUnixMs, today),
          };
          const quotaGrants = { ...entity.spec.quotaGrants, [planId]: grant };
          return {
            puts: [{ kind: "ApiKey", apiId: "", id: keyId, spec: { ...entity.spec, quotaGrants } }],
          };
        });
  const key = account.get("ApiKey", "", keyId)?.entity.spec;
  return {
    usagePlanId: planId,
    startDate: dateText(today),
    endDate: dateText(today),
    values: { [keyId]: daily(plan, planId, key, days, [today, today]) },
  };
}

/** usageOperations show the usage of keys in their plans, and extend quotas. */
export const usageOperations: readonly Operation[] = [
  { name: "GetUsage", method: "GET", path: "/usageplans/{usageplanId}/usage", status: 200, run: getUsage },
  {
    name: "UpdateUsage",
    method: "PATCH",
    path: "/usageplans/{usageplanId}/keys/{keyId}/usage",
    status: 200,
    run: updateUsage,
  },
];
