import type { Command } from "commander";
import {
  AuthorizerOutcome,
  CacheOutcome,
  FreeReason,
  UnitsDimension,
  type UnitsRow,
  UsagePeriod,
} from "@tollgate/proto/usage";
import { formatCsv } from "../csv.ts";
import { CliError, EXIT, print, printTable, report, toJson } from "../output.ts";
import { type ParquetColumns, ParquetFile, type ParquetType, parquetOption } from "../parquet.ts";
import { type GlobalOptions, globalsOf, openSession, type Session } from "../session.ts";
import { readTime, unixMsOf } from "../time.ts";

const dimensions: Readonly<Record<string, UnitsDimension>> = {
  api: UnitsDimension.API,
  stage: UnitsDimension.STAGE,
  plan: UnitsDimension.PLAN,
  key: UnitsDimension.KEY,
  customer: UnitsDimension.CUSTOMER,
  domain: UnitsDimension.DOMAIN,
  tag: UnitsDimension.TAG,
  reason: UnitsDimension.FREE_REASON,
  deployment: UnitsDimension.DEPLOYMENT,
  cache: UnitsDimension.CACHE,
  streamed: UnitsDimension.STREAMED,
  authorizer: UnitsDimension.AUTHORIZER,
  region: UnitsDimension.REGION,
};
/** How calls were served: with these, rows say which revisions of the config nodes had. */
const served = new Set(["deployment", "cache", "streamed", "authorizer", "region"]);
const periods: Readonly<Record<string, UsagePeriod>> = {
  total: UsagePeriod.TOTAL,
  hour: UsagePeriod.HOUR,
  day: UsagePeriod.DAY,
  month: UsagePeriod.MONTH,
};
/** The name of a value of an enum; empty: unspecified. */
const nameIn = (names: Readonly<Record<string, string | number>>, value: number): string =>
  value === 0 ? "" : (Object.entries(names).find(([, one]) => one === value)?.[0] ?? `${value}`);

const PAGE_SIZE = 10_000;

interface UnitsOptions {
  readonly by: string;
  readonly period: string;
  readonly zone: string;
  readonly start?: string;
  readonly end?: string;
  readonly meter?: string;
  readonly api?: string;
  readonly plan?: string;
  readonly key?: string;
  readonly csv?: boolean;
  readonly parquet?: string;
}

function pick<T>(table: Readonly<Record<string, T>>, word: string, option: string): T {
  if (Object.hasOwn(table, word)) return table[word] as T;
  throw new CliError(`${option} '${word}' must be one of ${Object.keys(table).join(", ")}`, EXIT.USAGE);
}

/** unitsRow is a row for people and programs: members by the words of --by. */
export const unitsRow = (row: UnitsRow) => ({
  period: row.periodStartUnixMs === 0n ? "" : new Date(Number(row.periodStartUnixMs)).toISOString(),
  api: row.apiId,
  stage: row.stage,
  plan: row.usagePlanId,
  key: row.apiKeyId,
  customer: row.customerId,
  domain: row.domainName,
  tag: row.tag ? `${row.tag.key}=${row.tag.value}` : "",
  reason: nameIn(FreeReason, row.freeReason),
  deployment: row.deploymentId,
  cache: nameIn(CacheOutcome, row.cacheOutcome),
  streamed: row.streamed,
  authorizer: nameIn(AuthorizerOutcome, row.authorizerOutcome),
  region: row.region,
  revisions: row.lastConfigRevision === 0n ? "" : `${row.firstConfigRevision}-${row.lastConfigRevision}`,
  meter: row.meter,
  units: row.units,
  free: row.freeUnits,
});

/** What a column of a file holds; all others hold text. */
const columnTypes: Readonly<Record<string, ParquetType>> = {
  period: "instant",
  streamed: "flag",
  units: "whole",
  free: "whole",
  firstRevision: "whole",
  lastRevision: "whole",
};

/** The columns of a file, by those of a table. */
const fileColumns = (columns: readonly string[]): ParquetColumns =>
  Object.fromEntries(
    columns
      .flatMap((name) => (name === "revisions" ? ["firstRevision", "lastRevision"] : [name]))
      .map((name) => [name, columnTypes[name] ?? "text"]),
  );

/** Unknown revisions are null, as are empty strings. */
const known = (revision: bigint): bigint | undefined => (revision === 0n ? undefined : revision);

const fileRow = (row: UnitsRow) => ({
  ...unitsRow(row),
  firstRevision: known(row.firstConfigRevision),
  lastRevision: known(row.lastConfigRevision),
});

/** Writes pages to a file as they come, so that rows need not fit into memory. */
async function writeFile(
  path: string,
  columns: readonly string[],
  pages: AsyncIterable<readonly UnitsRow[]>,
): Promise<void> {
  using file = await ParquetFile.create(path, fileColumns(columns));
  for await (const page of pages) file.add(page.map(fileRow));
  report(`${file.finish()} rows in ${path}`);
}

const wordsOf = ({ by }: UnitsOptions): readonly string[] =>
  by === "" ? [] : by.split(",").map((word) => word.trim());

/** readUnits reads page after page. */
async function* readUnits(
  session: Session,
  { account: accountId }: GlobalOptions,
  options: UnitsOptions,
): AsyncGenerator<readonly UnitsRow[]> {
  const request = {
    accountId,
    by: wordsOf(options).map((word) => pick(dimensions, word, "--by")),
    period: pick(periods, options.period, "--period"),
    timeZone: options.zone,
    startTimeUnixMs: unixMsOf(options.start),
    endTimeUnixMs: unixMsOf(options.end),
    meter: options.meter ?? "",
    apiId: options.api ?? "",
    usagePlanId: options.plan ?? "",
    apiKeyId: options.key ?? "",
    pageSize: PAGE_SIZE,
  };
  let pageToken = "";
  do {
    const page = await session.usage.queryUnits({ ...request, pageToken });
    yield page.rows;
    pageToken = page.nextPageToken;
    if (pageToken === "" && page.missingEventCount > 0n)
      report(`warning: ${page.missingEventCount} usage events never arrived`);
  } while (pageToken !== "");
}

function columnsOf(options: UnitsOptions): readonly string[] {
  const words = wordsOf(options);
  return [
    ...(options.period === "total" ? [] : ["period"]),
    ...words,
    "meter",
    "units",
    "free",
    ...(words.some((word) => served.has(word)) ? ["revisions"] : []),
  ];
}

/** addUsageUnits adds `usage units`: what is charged and free, by whose usage it is. */
export function addUsageUnits(usage: Command): void {
  usage
    .command("units")
    .description("what is charged and what is free, in units of meters, by key, customer and more")
    .option(
      "--by <dimensions>",
      "comma list of api, stage, plan, key, reason; or of api, stage, reason, region, deployment, cache, streamed, authorizer; or customer, domain or tag",
      "plan,key",
    )
    .option("--period <period>", "hour, day, month or total", "total")
    .option("--zone <zone>", "time zone in which periods begin, such as Europe/Berlin", "UTC")
    .option("--start <time>", "from this time on", readTime)
    .option("--end <time>", "before this time", readTime)
    .option("--meter <meter>", "only this meter, such as rest.request")
    .option("--api <id>", "only this API")
    .option("--plan <id>", "only this usage plan")
    .option("--key <id>", "only this API key")
    .option("--csv", "as comma-separated values")
    .addOption(parquetOption("the rows"))
    .action(async (options: UnitsOptions, command: Command) => {
      const globals = globalsOf(command);
      const columns = columnsOf(options);
      using session = openSession(globals);
      const pages = readUnits(session, globals, options);
      if (options.parquet !== undefined) return await writeFile(options.parquet, columns, pages);
      const rows: ReturnType<typeof unitsRow>[] = [];
      for await (const page of pages) rows.push(...page.map(unitsRow));
      if (options.csv) return print(formatCsv(rows, columns));
      if (globals.output === "table") return printTable(rows, columns);
      print(toJson(rows.map((row) => Object.fromEntries(columns.map((name) => [name, row[name as "key"]])))));
    });
}
