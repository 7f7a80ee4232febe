import type { Command } from "commander";
import type { SpecOf } from "@tollgate/config";
import { UnitsDimension, UsagePeriod } from "@tollgate/proto/usage";
import { CliError, EXIT, print, report } from "../output.ts";
import { type GlobalOptions, globalsOf, openSession, type Session } from "../session.ts";
import { readTime, unixMsOf } from "../time.ts";
import {
  endedHours,
  type HourlyUnits,
  meterUsageBatches,
  type OwnedKey,
  planKeysOf,
} from "./marketplace-records.ts";

const PAGE_SIZE = 1_000;
const UNITS_PAGE_SIZE = 10_000;
const HOUR_MS = 3_600_000;
/** Usage waits in spools and in Kafka: an hour is reported some minutes after its end. */
const SETTLED_MS = 300_000;
/** AWS: records of hours that ended longer ago are refused. */
const ACCEPTED_MS = 6 * HOUR_MS;

/** Usage plans with a product code, by their ids. */
async function readProductCodes(
  session: Session,
  { account: accountId }: GlobalOptions,
): Promise<ReadonlyMap<string, string>> {
  const codes = new Map<string, string>();
  let pageToken = "";
  do {
    const page = await session.config.list({ accountId, kind: "UsagePlan", pageSize: PAGE_SIZE, pageToken });
    for (const { id, specJson } of page.entities) {
      const { productCode = "" } = JSON.parse(specJson) as SpecOf<"UsagePlan">;
      if (productCode !== "") codes.set(id, productCode);
    }
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  return codes;
}

/** Keys that are in one of those plans, or called under one: they may have been moved since. */
async function readKeys(
  session: Session,
  { account: accountId }: GlobalOptions,
  codes: ReadonlyMap<string, string>,
  called: ReadonlySet<string>,
): Promise<readonly OwnedKey[]> {
  const keys: OwnedKey[] = [];
  let pageToken = "";
  do {
    const page = await session.config.list({ accountId, kind: "ApiKey", pageSize: PAGE_SIZE, pageToken });
    for (const { id: apiKeyId, specJson } of page.entities) {
      const { usagePlanIds, customerId = "" } = JSON.parse(specJson) as SpecOf<"ApiKey">;
      if (called.has(apiKeyId) || usagePlanIds.some((one) => codes.has(one)))
        keys.push({ apiKeyId, customerId, usagePlanIds });
    }
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  return keys;
}

/** What a call counts in; transfers and minutes are no requests. */
const METERS: ReadonlySet<string> = new Set(["rest.request", "http.request", "websocket.message"]);

/** The calls of one plan by key and hour. */
async function readHours(
  session: Session,
  { account: accountId }: GlobalOptions,
  usagePlanId: string,
  hours: readonly number[],
): Promise<readonly HourlyUnits[]> {
  const sums = new Map<string, HourlyUnits>();
  const [first = 0] = hours;
  const range = { startTimeUnixMs: BigInt(first), endTimeUnixMs: BigInt((hours.at(-1) ?? first) + HOUR_MS) };
  const request = { accountId, usagePlanId, by: [UnitsDimension.KEY], period: UsagePeriod.HOUR, ...range };
  let pageToken = "";
  do {
    const page = await session.usage.queryUnits({ ...request, pageSize: UNITS_PAGE_SIZE, pageToken });
    for (const { periodStartUnixMs, apiKeyId, meter, units } of page.rows) {
      if (!METERS.has(meter)) continue;
      const hourUnixMs = Number(periodStartUnixMs);
      const name = `${hourUnixMs} ${apiKeyId}`;
      const known = sums.get(name)?.units ?? 0n;
      sums.set(name, { hourUnixMs, usagePlanId, apiKeyId, units: known + units });
    }
    pageToken = page.nextPageToken;
    if (pageToken === "" && page.missingEventCount > 0n)
      report(`warning: ${page.missingEventCount} usage events never arrived`);
  } while (pageToken !== "");
  return [...sums.values()];
}

interface MarketplaceOptions {
  readonly product?: string;
  readonly start?: string;
  readonly end?: string;
}

/** The hours to report: without --start, the last one that has ended and whose usage has arrived. */
function hoursOf({ start, end }: MarketplaceOptions, nowMs: number): readonly number[] {
  const until = Math.min(Number(unixMsOf(end)) || nowMs, nowMs - SETTLED_MS);
  const from = Number(unixMsOf(start)) || Math.floor(until / HOUR_MS) * HOUR_MS - HOUR_MS;
  const hours = endedHours(from, until);
  if (hours.length === 0)
    throw new CliError("no hour of that time has ended five minutes ago or longer", EXIT.USAGE);
  if ((hours[0] ?? 0) < nowMs - ACCEPTED_MS)
    report("warning: AWS Marketplace refuses records of hours that began more than 6 hours ago");
  return hours;
}

/** addUsageMarketplace adds `usage marketplace`: what BatchMeterUsage is to be sent. */
export function addUsageMarketplace(usage: Command): void {
  usage
    .command("marketplace")
    .description(
      "calls under usage plans with a product code, as requests of AWS Marketplace's BatchMeterUsage: one in each line",
    )
    .option("--product <code>", "only this product code")
    .option(
      "--start <time>",
      "hours that begin then or later (default: the last one that has ended)",
      readTime,
    )
    .option("--end <time>", "hours that end before this time", readTime)
    .action(async (options: MarketplaceOptions, command: Command) => {
      const globals = globalsOf(command);
      const hours = hoursOf(options, Date.now());
      using session = openSession(globals);
      const all = await readProductCodes(session, globals);
      const codes = new Map(
        [...all].filter(([, code]) => options.product === undefined || code === options.product),
      );
      if (codes.size === 0)
        throw new CliError("there is no usage plan with such a product code", EXIT.FAILED);
      const found: HourlyUnits[] = [];
      for (const id of codes.keys()) found.push(...(await readHours(session, globals, id, hours)));
      const { keys, unowned } = planKeysOf(
        codes,
        await readKeys(session, globals, codes, new Set(found.map(({ apiKeyId }) => apiKeyId))),
        found,
      );
      const unknown = new Set(keys.filter(({ customerId }) => customerId === "").map((key) => key.apiKeyId));
      if (unknown.size > 0)
        report(`warning: ${unknown.size} keys have no customerId, so that nobody is charged for their calls`);
      if (unowned > 0n)
        report(`warning: ${unowned} calls are of keys that were deleted, so that nobody is charged for them`);
      for (const batch of meterUsageBatches(keys, hours, found)) print(JSON.stringify(batch));
    });
}
