import { setTimeout as delay } from "node:timers/promises";
import type { Command } from "commander";
import { asLine, isStage, kindNames, logGroupOfDestination } from "@tollgate/config";
import type { StoredLogEvent } from "@tollgate/proto/logs";
import { CliError, EXIT, print, report, toJson } from "../output.ts";
import { type GlobalOptions, globalsOf, openSession, type Session } from "../session.ts";
import { readTime, unixMsOf } from "../time.ts";
import { LateEvents } from "./late-events.ts";

const FOLLOW_INTERVAL_MS = 500;
const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const NOT_FOUND = 5;

interface Options {
  readonly stage?: string;
  readonly group?: string;
  readonly execution?: boolean;
  readonly follow?: boolean;
  readonly filter: string;
  readonly since: string;
}

const AGO = /^(\d+)([smhd])$/;

/** A time, or how long ago it was. */
const readSince = (text: string): string => (AGO.test(text) ? text : readTime(text));

function sinceOf(text: string): bigint {
  const [, count, unit = ""] = AGO.exec(text) ?? [];
  if (count === undefined) return unixMsOf(text);
  return BigInt(Date.now() - Number(count) * (UNITS_MS[unit] ?? 0));
}

interface StageSpec {
  readonly accessLogSettings?: { readonly destinationArn?: string; readonly format?: string };
}

/** The spec of a stage, whichever kind of API it is of, and whether that is a WebSocket API. */
async function stageOf(session: Session, accountId: string, apiId: string, id: string) {
  for (const kind of kindNames.filter(isStage)) {
    const found = await session.config
      .get({ accountId, kind, apiId, id })
      .catch((error: { code?: number }) => {
        if (error.code === NOT_FOUND) return undefined;
        throw error;
      });
    if (found?.entity) return { kind, spec: JSON.parse(found.entity.specJson) as StageSpec };
  }
  throw new CliError(`API ${apiId} has no stage '${id}'`);
}

/** The group of a stage's access log, or of its execution log. */
async function groupOf(session: Session, { account }: GlobalOptions, apiId: string, options: Options) {
  const { stage: name, execution } = options;
  if (name === undefined) throw new CliError("--stage or --group is required", EXIT.USAGE);
  const { kind, spec } = await stageOf(session, account, apiId, name);
  if (execution)
    return kind === "Stage"
      ? `API-Gateway-Execution-Logs_${apiId}/${name}`
      : `/aws/apigateway/${apiId}/${name}`;
  const { destinationArn = "", format } = spec.accessLogSettings ?? {};
  if (format === undefined)
    throw new CliError(
      `stage '${name}' has no access log: set accessLogSettings.format, or show its execution log with --execution`,
    );
  return logGroupOfDestination(destinationArn) ?? `API-Gateway-Access-Logs_${apiId}/${name}`;
}

type Show = (event: StoredLogEvent) => void;

const showText: Show = ({ unixMs, message }) =>
  print(`${new Date(Number(unixMs)).toISOString()} ${asLine(message)}`);
const showJson: Show = ({ $typeName: _, ...event }) => print(toJson(event));

/** Shows all events of a time. */
async function showAll(
  session: Session,
  request: {
    readonly accountId: string;
    readonly logGroup: string;
    readonly startUnixMs: bigint;
    readonly pattern: string;
  },
  show: (event: StoredLogEvent) => void,
): Promise<void> {
  let after = "";
  do {
    const { events, next, damagedBlocks } = await session.logs.readLogEvents({ ...request, after });
    if (damagedBlocks > 0)
      report(`warning: ${damagedBlocks} blocks of the log cannot be read: their events are missing`);
    for (const event of events) show(event);
    after = next;
  } while (after !== "");
}

/** A group begins with its first event. */
const noGroup = (logGroup: string, { execution }: Options): CliError =>
  new CliError(
    execution
      ? `there is no log group '${logGroup}' yet: execution logs begin with the first call where the stage's loggingLevel is ERROR or INFO`
      : `there is no log group '${logGroup}' yet: it begins with its first event`,
  );

/** addLogs adds the command that shows the logs of a stage. */
export function addLogs(program: Command): void {
  program
    .command("logs")
    .description("show the access log of a stage, its execution log, or any log group")
    .argument("[api]", "id of the API")
    .option("--stage <name>", "stage of the API")
    .option("--execution", "the execution log in the place of the access log")
    .option("--group <name>", "this log group, and no API")
    .option("--since <time>", "from this time on, or from so long ago, such as 10m", readSince, "1h")
    .option("--filter <pattern>", "only events that match a filter pattern of CloudWatch Logs", "")
    .option("-f, --follow", "show new events as they arrive")
    .action(async (apiId: string | undefined, options: Options, command: Command) => {
      const globals = globalsOf(command);
      using session = openSession(globals);
      if ((apiId === undefined) === (options.group === undefined))
        throw new CliError("either an API or --group is required", EXIT.USAGE);
      const logGroup = options.group ?? (await groupOf(session, globals, apiId ?? "", options));
      const request = {
        accountId: globals.account,
        logGroup,
        startUnixMs: sinceOf(options.since),
        pattern: options.filter,
      };
      const show = globals.output === "table" ? showText : showJson;
      const shown = new LateEvents();
      const look = (startUnixMs: bigint) =>
        showAll(
          session,
          { ...request, startUnixMs },
          (event) => shown.isNew(event, Date.now()) && show(event),
        ).catch((error: { code?: number }) => {
          if (error.code !== NOT_FOUND) throw error;
          if (!options.follow) throw noGroup(logGroup, options);
        });
      await look(request.startUnixMs);
      while (options.follow) {
        shown.forget(Date.now());
        await delay(FOLLOW_INTERVAL_MS);
        await look(shown.startUnixMs(Date.now(), request.startUnixMs));
      }
    });
}
