import { styleText } from "node:util";
import type { Command } from "commander";
import { type SegmentDocument, type SegmentPart, TRACE_GROUP } from "@tollgate/telemetry/segment";
import { CliError, EXIT, print, toJson } from "../output.ts";
import { globalsOf, openSession, type Session } from "../session.ts";

const TRACE_ID = /^1-([0-9a-f]{8})-[0-9a-f]{24}$/;
const NOT_FOUND = 5;
/** Clocks differ: segments may be a little older than the id of their trace. */
const BEFORE_MS = 60_000;

/** A part of a trace and what it called. */
interface Branch {
  readonly part: SegmentPart;
  readonly origin: string | undefined;
  readonly branches: readonly Branch[];
}

const byStart = (a: SegmentPart, b: SegmentPart) => a.start_time - b.start_time;

/** treeOf puts segments below the parts that called them. Those that nobody called, as far as is known, are the roots. */
export function treeOf(documents: readonly SegmentDocument[]): readonly Branch[] {
  const sorted = documents.toSorted(byStart);
  const ids = new Set<string>();
  const note = (part: SegmentPart): void => {
    ids.add(part.id);
    for (const inner of part.subsegments ?? []) note(inner);
  };
  for (const document of sorted) note(document);
  const shown = new Set<string>();
  const branchOf = (part: SegmentPart, origin?: string): Branch => {
    shown.add(part.id);
    const below = sorted.filter(({ id, parent_id }) => parent_id === part.id && !shown.has(id));
    const inner = [...(part.subsegments ?? []), ...below].sort(byStart);
    return {
      part,
      origin,
      branches: inner.map((one) => branchOf(one, (one as SegmentDocument).origin)),
    };
  };
  const roots = sorted.filter(({ parent_id }) => parent_id === undefined || !ids.has(parent_id));
  return roots.map((root) => branchOf(root, root.origin));
}

function outcomeOf({ http, fault, throttle, error, end_time }: SegmentPart): string {
  const status = http?.response?.status;
  const word = fault ? "fault" : throttle ? "throttle" : error ? "error" : "";
  const text = [status, word, end_time === undefined ? "in progress" : ""].filter(Boolean).join(" ");
  return word === "" ? text : styleText("red", text, { stream: process.stdout });
}

/** Lines of a branch: when it began after the trace did, how long it took, its name, and what came of it. */
function linesOf({ part, origin, branches }: Branch, startS: number, indent: string): string[] {
  const ms = (seconds: number) => `${Math.round(seconds * 10_000) / 10} ms`;
  const took = part.end_time === undefined ? "" : ms(part.end_time - part.start_time);
  const { method = "", url = "" } = part.http?.request ?? {};
  const columns = [`+${ms(part.start_time - startS)}`.padStart(11), took.padStart(11)];
  const what = [part.name, origin ? `(${origin})` : "", method, url, outcomeOf(part)].filter(
    (text) => text !== "",
  );
  return [
    `${columns.join(" ")}  ${indent}${what.join(" ")}`,
    ...branches.flatMap((inner) => linesOf(inner, startS, `${indent}  `)),
  ];
}

/** treeLines is a trace as the command prints it. */
export function treeLines(documents: readonly SegmentDocument[]): readonly string[] {
  const startS = Math.min(...documents.map(({ start_time }) => start_time));
  return treeOf(documents).flatMap((branch) => linesOf(branch, startS, ""));
}

/** The segments of a trace that are stored; what was sent again replaces what was sent before. */
/** When a trace with an id can have begun. Ids of OpenTelemetry's clients begin with random digits, which as a time can be in the future. */
export function earliestUnixMs(id: string, nowMs: number): number {
  const [, seconds = ""] = TRACE_ID.exec(id) ?? [];
  const begunMs = Number.parseInt(seconds, 16) * 1_000 - BEFORE_MS;
  return begunMs > nowMs ? 0 : Math.max(0, begunMs);
}

async function segmentsOf(session: Session, accountId: string, id: string): Promise<SegmentDocument[]> {
  const request = {
    accountId,
    logGroup: TRACE_GROUP,
    startUnixMs: BigInt(earliestUnixMs(id, Date.now())),
    pattern: `"${id}"`,
  };
  const found = new Map<string, SegmentDocument>();
  let after = "";
  do {
    const page = await session.logs.readLogEvents({ ...request, after }).catch((error: { code?: number }) => {
      if (error.code === NOT_FOUND) return { events: [], next: "" };
      throw error;
    });
    for (const { message } of page.events) {
      const document = documentIn(message);
      if (document?.trace_id === id) found.set(document.id, document);
    }
    after = page.next;
  } while (after !== "");
  return [...found.values()];
}

function documentIn(message: string): SegmentDocument | undefined {
  try {
    return JSON.parse(message) as SegmentDocument;
  } catch {
    return undefined;
  }
}

/** addTrace adds the command that shows a trace. */
export function addTrace(program: Command): void {
  program
    .command("trace")
    .description("show a trace: its segments, what they called, and how long each took")
    .argument("<id>", "such as 1-5759e988-bd862e3fe1be46a994272793: Root in X-Amzn-Trace-Id")
    .action(async (given: string, _options: object, command: Command) => {
      const globals = globalsOf(command);
      // What responses have in X-Amzn-Trace-Id may be given as it is.
      const id = /Root=([^;\s]+)/.exec(given)?.[1] ?? given;
      if (!TRACE_ID.test(id))
        throw new CliError(
          `'${given}' is not a trace id: it is like 1-5759e988-bd862e3fe1be46a994272793`,
          EXIT.USAGE,
        );
      using session = openSession(globals);
      const documents = await segmentsOf(session, globals.account, id);
      if (documents.length === 0)
        throw new CliError(
          `there is no trace ${id}: it was not sampled (tracingEnabled of the stage, sampling rules), is older than 30 days, or is not stored yet`,
        );
      print(globals.output === "table" ? treeLines(documents).join("\n") : toJson(documents));
    });
}
