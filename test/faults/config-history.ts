/**
 * The history of a run is what one editor wrote, and what was read at each node, in one clock. `checkConfig` compares it with this model:
 *
 * - A route has a sequence of versions: one for each write, in the order of the writes. The editor writes one at a time, and no value twice.
 *   A version is a value, or the route's removal. Before the first write the route does not exist.
 * - A write that was acknowledged has happened. One that failed has happened before the next acknowledged write of its route, or never.
 * - A node may be late. What it serves next is never older, but for two cases: its workers make a version live one after another, so that
 *   for 2 seconds an older one may be served still; and a node that was killed begins with the config on its disk, which is a little older.
 * - A version that was replaced is served for at most 30 seconds after the write that replaced it was acknowledged. Time in which no write
 *   succeeded, because there was no control plane or no store, does not count: nobody could have told the node.
 * - At the end, every node serves what the store has.
 */

/** How long a node may serve what was replaced. */
const LATE_MAX_MS = 30_000;
/** For how long the workers of a node may serve different versions. */
const APART_MAX_MS = 2_000;

/** null: the route does not exist. */
export type Value = string | null;

export interface Write {
  readonly route: string;
  readonly value: Value;
  readonly beginMs: number;
  /** undefined: it failed, and may have happened. */
  readonly ackMs: number | undefined;
  /** When it was known to have failed. */
  readonly failMs?: number;
}

export interface Read {
  readonly node: string;
  readonly route: string;
  readonly value: Value;
  readonly beginMs: number;
  readonly endMs: number;
  /** Which process of the node was read, counted from 0: a restarted one has the next number. */
  readonly process: number;
}

export interface ConfigHistory {
  readonly writes: readonly Write[];
  readonly reads: readonly Read[];
  /** What the store and each node had at the end, by route. */
  readonly stored: Readonly<Record<string, Value>>;
  readonly served: Readonly<Record<string, Readonly<Record<string, Value>>>>;
}

/** A version of a route. Number 0 is the time before the first write. */
interface Version {
  readonly number: number;
  readonly value: Value;
  readonly beginMs: number;
  readonly ackMs: number | undefined;
}

/** checkConfig returns what in a history does not fit the model, in words; an empty list if everything does. */
export function checkConfig(history: ConfigHistory): readonly string[] {
  const routes = [...new Set(history.writes.map(({ route }) => route))];
  const outages = outagesOf(history.writes);
  return [
    ...routes.flatMap((route) => {
      const versions = versionsOf(history.writes, route);
      const reads = history.reads.filter((read) => read.route === route);
      const nodes = [...new Set(reads.map(({ node }) => node))];
      return nodes.flatMap((node) =>
        checkNode(
          versions,
          reads.filter((read) => read.node === node),
          outages,
        ),
      );
    }),
    ...checkEnd(history),
  ];
}

function versionsOf(writes: readonly Write[], route: string): readonly Version[] {
  const own = writes.filter((write) => write.route === route);
  return [
    { number: 0, value: null, beginMs: Number.NEGATIVE_INFINITY, ackMs: Number.NEGATIVE_INFINITY },
    ...own.map(({ value, beginMs, ackMs }, i) => ({ number: i + 1, value, beginMs, ackMs })),
  ];
}

/** Goes through the reads of one node in their order, with the oldest version that each can have seen. */
function checkNode(
  versions: readonly Version[],
  reads: readonly Read[],
  outages: readonly Interval[],
): readonly string[] {
  const wrong: string[] = [];
  let seen = 0;
  let seenMs = Number.NEGATIVE_INFINITY;
  let process = 0;
  for (const read of reads) {
    const at = `${read.node} served ${read.route} = ${read.value} at ${Math.round(read.endMs)} ms`;
    if (read.process !== process) seen = 0;
    process = read.process;
    const possible = versions.filter(({ value, beginMs }) => value === read.value && beginMs <= read.endMs);
    // Removals look all the same: the newest one that the read can have seen is what is held against it as late.
    const newest = possible.at(-1);
    const next = possible.find(({ number }) => number >= seen);
    if (!newest) wrong.push(`${at}, which nobody had written`);
    else if (!next) {
      const isApart = read.beginMs - seenMs <= APART_MAX_MS;
      if (!isApart) wrong.push(`${at}, version ${newest.number}, after version ${seen}`);
    } else if (next.number > seen) {
      seen = next.number;
      seenMs = read.endMs;
    }
    const replacedMs = newest && replacedAt(versions, newest);
    if (replacedMs !== undefined && timeWithout(outages, replacedMs, read.beginMs) > LATE_MAX_MS)
      wrong.push(`${at}, which was replaced at ${Math.round(replacedMs)} ms`);
  }
  return wrong;
}

/** When a version was certainly replaced; undefined: it was not. */
function replacedAt(versions: readonly Version[], version: Version): number | undefined {
  return versions.find(({ number, ackMs }) => number > version.number && ackMs !== undefined)?.ackMs;
}

interface Interval {
  readonly fromMs: number;
  readonly toMs: number;
}

/** From the begin of a write that failed until the next write succeeded. */
function outagesOf(writes: readonly Write[]): readonly Interval[] {
  const outages: Interval[] = [];
  let fromMs: number | undefined;
  for (const { beginMs, ackMs } of writes)
    if (ackMs === undefined) fromMs ??= beginMs;
    else if (fromMs !== undefined) {
      outages.push({ fromMs, toMs: ackMs });
      fromMs = undefined;
    }
  return fromMs === undefined ? outages : [...outages, { fromMs, toMs: Number.POSITIVE_INFINITY }];
}

/** The time between two points, without outages. */
function timeWithout(outages: readonly Interval[], fromMs: number, toMs: number): number {
  const overlapMs = outages.reduce(
    (sum, outage) => sum + Math.max(0, Math.min(outage.toMs, toMs) - Math.max(outage.fromMs, fromMs)),
    0,
  );
  return toMs - fromMs - overlapMs;
}

function checkEnd({ writes, stored, served }: ConfigHistory): readonly string[] {
  const wrong: string[] = [];
  for (const [route, value] of Object.entries(stored)) {
    const versions = versionsOf(writes, route);
    const acknowledged = versions.findLast(({ ackMs }) => ackMs !== undefined);
    const possible = versions.filter(({ number }) => number >= (acknowledged?.number ?? 0));
    if (!possible.some((version) => version.value === value))
      wrong.push(`the store has ${route} = ${value} at the end, which is not its last write`);
    for (const [node, values] of Object.entries(served))
      if ((values[route] ?? null) !== value)
        wrong.push(`${node} serves ${route} = ${values[route] ?? null} at the end; the store has ${value}`);
  }
  return wrong;
}
