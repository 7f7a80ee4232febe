import type { Command } from "commander";
import { UsageDimension, UsagePeriod, type UsageRow } from "@tollgate/proto/usage";
import { CliError, EXIT, print, printTable, report, toJson } from "../output.ts";
import { globalsOf, openSession } from "../session.ts";
import { readTime, unixMsOf } from "../time.ts";
import { addUsageAudit } from "./usage-audit.ts";
import { addUsageMarketplace } from "./usage-marketplace.ts";
import { addUsageStatus } from "./usage-status.ts";
import { addUsageUnits } from "./usage-units.ts";

const dimensions: Readonly<Record<string, UsageDimension>> = {
  api: UsageDimension.API,
  stage: UsageDimension.STAGE,
  method: UsageDimension.METHOD,
};
const periods: Readonly<Record<string, UsagePeriod>> = {
  total: UsagePeriod.TOTAL,
  hour: UsagePeriod.HOUR,
  day: UsagePeriod.DAY,
};

interface UsageOptions {
  readonly by: string;
  readonly period: string;
  readonly start?: string;
  readonly end?: string;
  readonly api?: string;
}

function pick<T>(table: Readonly<Record<string, T>>, word: string, option: string): T {
  const value = table[word];
  if (value === undefined)
    throw new CliError(`${option} '${word}' must be one of ${Object.keys(table).join(", ")}`, EXIT.USAGE);
  return value;
}

const averageMs = (sumUs: bigint, count: bigint) =>
  count === 0n ? "" : (Number(sumUs) / Number(count) / 1000).toFixed(1);

const toRow = (row: UsageRow) => ({
  period:
    row.periodStartUnixMs === 0n ? "" : new Date(Number(row.periodStartUnixMs)).toISOString().slice(0, 16),
  api: row.apiId,
  stage: row.stage,
  method: row.method,
  calls: row.callCount,
  "2xx": row.status2xxCount,
  "3xx": row.status3xxCount,
  "4xx": row.status4xxCount,
  "5xx": row.status5xxCount,
  "bytes in": row.requestBytes,
  "bytes out": row.responseBytes,
  "avg ms": averageMs(row.latencyUsSum, row.callCount),
  messages: row.messageCount,
  minutes: row.connectionMinutes,
});

/** What only WebSocket APIs have is shown where there is some of it. */
const ofWebSockets = (rows: readonly UsageRow[]): readonly string[] =>
  rows.some(({ messageCount, connectionMinutes }) => messageCount + connectionMinutes > 0n)
    ? ["messages", "minutes"]
    : [];

export function addUsage(program: Command): void {
  const usage = program.command("usage").description("show usage: completed calls, units of meters, sources");
  // A command of its own: options of `usage` itself would be taken from the commands below that have the same.
  usage
    .command("calls", { isDefault: true })
    .description("completed calls, summed up")
    .option("--by <dimensions>", "comma list of api, stage, method", "api,stage,method")
    .option("--period <period>", "hour, day or total", "total")
    .option("--start <time>", "from this time on", readTime)
    .option("--end <time>", "before this time", readTime)
    .option("--api <id>", "only this API")
    .action(async (options: UsageOptions, command: Command) => {
      const globals = globalsOf(command);
      using session = openSession(globals);
      const by =
        options.by === "" ? [] : options.by.split(",").map((word) => pick(dimensions, word.trim(), "--by"));
      const { rows, missingEventCount } = await session.usage.queryUsage({
        accountId: globals.account,
        by,
        period: pick(periods, options.period, "--period"),
        startTimeUnixMs: unixMsOf(options.start),
        endTimeUnixMs: unixMsOf(options.end),
        apiId: options.api ?? "",
      });
      if (missingEventCount > 0n) report(`warning: ${missingEventCount} usage events never arrived`);
      if (globals.output !== "table")
        return print(toJson({ rows: rows.map(({ $typeName: _, ...row }) => row), missingEventCount }));
      const shown = ["period", "api", "stage", "method"].filter((column) =>
        rows.map(toRow).some((row) => row[column as "api"] !== ""),
      );
      printTable(rows.map(toRow), [
        ...shown,
        "calls",
        "2xx",
        "3xx",
        "4xx",
        "5xx",
        "bytes in",
        "bytes out",
        "avg ms",
        ...ofWebSockets(rows),
      ]);
    });
  addUsageAudit(usage);
  addUsageStatus(usage);
  addUsageUnits(usage);
  addUsageMarketplace(usage);
}
