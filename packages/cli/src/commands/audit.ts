import type { Command } from "commander";
import { CliError, EXIT, print, printTable, report, toJson } from "../output.ts";
import { globalsOf, openSession, type Session } from "../session.ts";
import { readTime, unixMsOf } from "../time.ts";

interface AuditOptions {
  readonly start?: string;
  readonly end?: string;
  readonly event?: string;
  readonly identity?: string;
  readonly entity?: string;
  readonly errors?: boolean;
  readonly writes?: boolean;
  readonly limit: string;
}

interface Shown {
  readonly eventTime: string;
  readonly eventName: string;
  readonly eventSource: string;
  readonly sourceIPAddress: string;
  readonly errorCode?: string;
  readonly userIdentity: { readonly userName?: string; readonly arn?: string; readonly principalId?: string };
  readonly additionalEventData: {
    readonly changes: readonly { readonly entity: string }[];
    readonly changeCount: number;
  };
}

const PAGE_MAX = 500;

/** Reads the newest records, up to the limit. */
async function readEvents(
  session: Session,
  accountId: string,
  options: AuditOptions,
  limit: number,
): Promise<string[]> {
  const events: string[] = [];
  let pageToken = "";
  do {
    const page = await session.audit.lookupEvents({
      accountId,
      startTimeUnixMs: unixMsOf(options.start),
      endTimeUnixMs: unixMsOf(options.end),
      eventName: options.event ?? "",
      identity: options.identity ?? "",
      entity: options.entity ?? "",
      errorsOnly: options.errors ?? false,
      writesOnly: options.writes ?? false,
      pageSize: Math.min(limit - events.length, PAGE_MAX),
      pageToken,
    });
    events.push(...page.eventsJson);
    pageToken = page.nextPageToken;
  } while (pageToken !== "" && events.length < limit);
  return events;
}

function toRow(event: Shown) {
  const { changes, changeCount } = event.additionalEventData;
  const more = changeCount > 1 ? ` and ${changeCount - 1} more` : "";
  const { arn, userName, principalId } = event.userIdentity;
  return {
    time: event.eventTime,
    who: arn ?? userName ?? principalId,
    from: event.sourceIPAddress,
    service: event.eventSource.split(".")[0],
    event: event.eventName,
    result: event.errorCode ?? "ok",
    changed: changes[0] ? `${changes[0].entity}${more}` : "",
  };
}

export function addAudit(program: Command): void {
  program
    .command("audit")
    .description("who did what: control calls over gRPC and AWS's APIs, newest first")
    .option("--start <time>", "from this time on (default: one day before the end)", readTime)
    .option("--end <time>", "before this time", readTime)
    .option("--event <name>", "only this event, such as CreateRestApi or Apply")
    .option("--identity <who>", "only calls of this user or operator: a name, an ARN or an access key id")
    .option("--entity <name>", "only calls that changed this entity, such as restapis/petstore01")
    .option("--errors", "only calls that were refused or failed")
    .option("--writes", "only calls that change something")
    .option("--limit <n>", "largest number of records", "50")
    .action(async (options: AuditOptions, command: Command) => {
      const globals = globalsOf(command);
      const limit = Number(options.limit);
      if (!Number.isInteger(limit) || limit < 1)
        throw new CliError(`--limit '${options.limit}' must be a whole number, at least 1`, EXIT.USAGE);
      using session = openSession(globals);
      const events = (await readEvents(session, globals.account, options, limit)).map(
        (json) => JSON.parse(json) as Shown,
      );
      if (globals.output !== "table") return print(toJson(events));
      printTable(events.map(toRow), ["time", "who", "from", "service", "event", "result", "changed"]);
      if (events.length === limit) report(`only the newest ${limit} are shown; use --limit to see more`);
    });
}
