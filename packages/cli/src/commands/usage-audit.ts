import type { Command } from "commander";
import { FreeReason, type UsageDifference } from "@tollgate/proto/usage";
import { EXIT, print, printTable, report, toJson } from "../output.ts";
import { globalsOf, openSession } from "../session.ts";
import { readTime, unixMsOf } from "../time.ts";

interface UsageAuditOptions {
  readonly start: string;
  readonly end: string;
  readonly allAccounts?: boolean;
}

const reasons = new Map<number, string>(Object.entries(FreeReason).map(([name, value]) => [value, name]));

const toRow = ({ $typeName: _, freeReason, ...difference }: UsageDifference) => ({
  account: difference.accountId,
  meter: difference.meter,
  api: difference.apiId,
  stage: difference.stage,
  plan: difference.usagePlanId,
  key: difference.apiKeyId,
  free: freeReason === FreeReason.UNSPECIFIED ? "" : (reasons.get(freeReason) ?? String(freeReason)),
  stored: difference.storedUnits,
  recounted: difference.recountedUnits,
});

const COLUMNS = ["account", "meter", "api", "stage", "plan", "key", "free", "stored", "recounted"] as const;

/** addUsageAudit adds `usage audit`, which ends with 3 if anything differs. */
export function addUsageAudit(usage: Command): void {
  usage
    .command("audit")
    .description("count the raw usage topic again, and compare a period with what is stored")
    .requiredOption("--start <time>", "from this time on, at a quarter of an hour", readTime)
    .requiredOption("--end <time>", "before this time, the same", readTime)
    .option("--all-accounts", "not only the account of --account")
    .action(async (options: UsageAuditOptions, command: Command) => {
      const globals = globalsOf(command);
      using session = openSession(globals);
      const audit = await session.usage.auditUsage({
        accountId: options.allAccounts ? "" : globals.account,
        startTimeUnixMs: unixMsOf(options.start),
        endTimeUnixMs: unixMsOf(options.end),
      });
      const { differences, differenceCount, droppedMessageCount, comparedCount, messageCount } = audit;
      if (droppedMessageCount > 0n)
        report(`warning: the topic does not keep ${droppedMessageCount} of the messages that were counted`);
      if (globals.output === "table") {
        if (differences.length > 0) printTable(differences.map(toRow), [...COLUMNS]);
        print(`${messageCount} messages, ${comparedCount} sums, ${differenceCount} differences`);
      } else print(toJson({ ...audit, $typeName: undefined, differences: differences.map(toRow) }));
      if (differenceCount > 0n) process.exitCode = EXIT.DIFFERENT;
    });
}
