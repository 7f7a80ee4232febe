import type { Node } from "@tollgate/proto/control";
import { formatTable } from "../output.ts";
import type { StageRates } from "./rates.ts";
import type { StageLimits } from "./stage-limits.ts";
import { isCanary, keyOf } from "./stage-metrics.ts";

/** What rows are sorted by. */
export const SORTS = {
  calls: ({ callsPerSecond }: StageRates) => callsPerSecond,
  errors: ({ serverErrors = 0, clientErrors = 0 }: StageRates) => serverErrors * 1000 + clientErrors,
  latency: ({ p99 = 0 }: StageRates) => p99,
} as const;

export type Sort = keyof typeof SORTS;

/** Frame is what is known at a time. */
export interface Frame {
  readonly atMs: number;
  readonly rates: readonly StageRates[];
  readonly nodes: readonly Node[];
  readonly limits: StageLimits;
}

interface FrameOptions {
  readonly sort: Sort;
  /** Lines that fit. */
  readonly lines: number;
}

/** Lines around the rows of a table: a blank one, its head, and what did not fit. */
const TABLE_LINES = 3;

const rate = (value: number | undefined): string => {
  if (value === undefined) return "";
  return value.toFixed(value >= 100 || value === 0 ? 0 : 1);
};
const percent = (part: number | undefined): string => (part === undefined ? "" : (part * 100).toFixed(1));
const ms = (value: number | undefined): string => (value === undefined ? "" : value.toFixed(1));

/** stageFigures is a stage for programs: what is not known is absent. */
export const stageFigures = ({ stage, ...rates }: StageRates, limits: StageLimits) => ({
  ...stage,
  ...rates,
  limitPerSecond: limits.get(keyOf(stage)),
});

/** A stage for people. */
const stageRow = (rates: StageRates, limits: StageLimits) => ({
  api: rates.stage.api,
  stage: rates.stage.stage,
  protocol: rates.stage.protocol,
  "calls/s": rate(rates.callsPerSecond),
  "4xx %": percent(rates.clientErrors),
  "5xx %": percent(rates.serverErrors),
  "p50 ms": ms(rates.p50),
  "p99 ms": ms(rates.p99),
  "limit/s": rate(limits.get(keyOf(rates.stage))),
});

const stateOf = ({ missingSinceTimeUnixMs, notReady, concerns }: Node): string => {
  if (missingSinceTimeUnixMs > 0) return "missing";
  if (notReady !== "") return `not ready: ${notReady}`;
  return concerns.length > 0 ? concerns.join("; ") : "ready";
};

const nodeRow = (node: Node) => ({
  node: node.id,
  workers: node.workerCount,
  revision: node.appliedRevision,
  state: stateOf(node),
});

/** Those that are not ready come first: they must not be what does not fit. */
const byNeed = (a: Node, b: Node) => Number(stateOf(a) === "ready") - Number(stateOf(b) === "ready");

const more = (all: number, shown: number, what: string): readonly string[] =>
  all > shown ? [`... and ${all - shown} more ${what}`] : [];

/** The table of nodes, of which so many fit; a terminal that has no space for it has the numbers in the head. */
function nodeLines(nodes: readonly Node[], room: number): readonly string[] {
  if (room < 1) return [];
  const shown = nodes.toSorted(byNeed).slice(0, room);
  const table = formatTable(shown.map(nodeRow), ["node", "workers", "revision", "state"]);
  return ["", ...table.split("\n"), ...more(nodes.length, shown.length, "nodes")];
}

/** frameOf is what the terminal shows, in as many lines as fit. */
export function frameOf(frame: Frame, { sort, lines }: FrameOptions): readonly string[] {
  const { atMs, rates, nodes, limits } = frame;
  const whole = rates
    .filter(({ stage }) => !isCanary(stage))
    .reduce((sum, row) => sum + row.callsPerSecond, 0);
  const ready = nodes.filter((node) => stateOf(node) === "ready").length;
  const head = `${new Date(atMs).toISOString().slice(11, 19)}  ${rate(whole)} calls/s  ${rates.length} ${rates.length === 1 ? "stage" : "stages"}  ${ready} of ${nodes.length} nodes ready`;
  const ofNodes = nodeLines(nodes, Math.floor((lines - 1 - 2 * TABLE_LINES) / 2));
  const room = Math.max(1, lines - 1 - TABLE_LINES - ofNodes.length);
  const sorted = rates.toSorted((a, b) => SORTS[sort](b) - SORTS[sort](a));
  const rows = sorted.slice(0, room).map((row) => stageRow(row, limits));
  return [
    head,
    ...ofNodes,
    "",
    ...formatTable(rows, Object.keys(rows[0] ?? { api: "", stage: "", "calls/s": "" })).split("\n"),
    ...more(rates.length, rows.length, "stages"),
  ].slice(0, lines);
}
