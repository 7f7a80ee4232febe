/**
 * The history of a run is what callers of all nodes saw of limits, in one clock. `checkLimits` compares it with this model:
 *
 * - A path is an ordered list of limits, as AWS asks them. The first that refuses a call ends it, and those after it are not asked: a call
 *   that was refused by one limit has taken of those before it, and of none after it.
 * - A throttle is a bucket: over any time, all nodes together admit its burst and its rate times the time, and at any moment one burst more,
 *   which is credit that is taken off again, and one call for each node, however small its part is.
 * - A quota admits its calls once in its period, whoever is killed meanwhile.
 * - A quota that callers wanted more of until the end has at most a hundredth left that nobody got.
 * - What a quota says that was used is at least what it admitted, and at most that and the calls whose callers never heard what became of
 *   them: a call that was throttled before it is not charged.
 *
 * A call was decided between its beginning and its end. So a window of ends contains what was decided in a window that is longer by the
 * longest call; nothing else is tolerated. Of a call that took long, nobody knows when it was decided: throttles are judged without it, so that it
 * excuses no others.
 */

export type Limit =
  | { readonly kind: "throttle"; readonly rateLimit: number; readonly burstLimit: number }
  | { readonly kind: "quota"; readonly limit: number };

/** Observation is one call, or several of the same moment. */
export interface Observation {
  readonly node: string;
  readonly path: string;
  readonly beginMs: number;
  readonly endMs: number;
  readonly admitted: number;
  /** Calls that were refused, by the limit that did so. */
  readonly refused: Readonly<Record<string, number>>;
}

export interface LimitsHistory {
  /** The most nodes that there were at a time. */
  readonly nodes: number;
  readonly limits: Readonly<Record<string, Limit>>;
  /** The names of the limits of a path, in their order. */
  readonly paths: Readonly<Record<string, readonly string[]>>;
  readonly observations: readonly Observation[];
  /** Calls that were sent and whose response never came, by path. */
  readonly unknown?: Readonly<Record<string, number>>;
  /** Quotas that callers wanted more of until the end. */
  readonly exhausted?: readonly string[];
  /** What quotas say that was used, at the end. */
  readonly used?: Readonly<Record<string, number>>;
}

/** Calls that have taken of a limit at a time. */
interface Taken {
  readonly beginMs: number;
  readonly endMs: number;
  readonly calls: number;
}

/** checkLimits returns what in a history does not fit the model, in words; an empty list if everything does. */
export function checkLimits(history: LimitsHistory): readonly string[] {
  return [
    ...checkPaths(history),
    ...Object.entries(history.limits).flatMap(([name, limit]) =>
      limit.kind === "throttle" ? checkThrottle(history, name, limit) : checkQuota(history, name, limit),
    ),
  ];
}

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);

/** What was taken of a limit: by calls that were admitted, and by those that a later one refused. */
function takenOf({ observations, paths }: LimitsHistory, name: string): readonly Taken[] {
  return observations.flatMap(({ path, beginMs, endMs, admitted, refused }) => {
    const levels = paths[path] ?? [];
    const at = levels.indexOf(name);
    if (at < 0) return [];
    const calls = admitted + sum(levels.slice(at + 1).map((later) => refused[later] ?? 0));
    return calls > 0 ? [{ beginMs, endMs, calls }] : [];
  });
}

function checkPaths({ observations, paths }: LimitsHistory): readonly string[] {
  const strangers = observations.flatMap(({ path, refused }) =>
    Object.keys(refused)
      .filter((name) => !paths[path]?.includes(name))
      .map((name) => `${path} ${name}`),
  );
  return [...new Set(strangers)].map((pair) => {
    const [path, name] = pair.split(" ");
    return `${path} was refused by ${name}, which is none of its limits`;
  });
}

/** The longest time that a call may take for throttles to be judged with it. */
const SOON_MS = 250;

/** A bucket that leaks at the rate: it runs over exactly if some window of time has more than it may. */
function checkThrottle(
  history: LimitsHistory,
  name: string,
  { rateLimit, burstLimit }: Extract<Limit, { kind: "throttle" }>,
): readonly string[] {
  const taken = takenOf(history, name)
    .filter(({ beginMs, endMs }) => endMs - beginMs <= SOON_MS)
    .toSorted((a, b) => a.endMs - b.endMs);
  const longestMs = taken.reduce((most, { beginMs, endMs }) => Math.max(most, endMs - beginMs), 0);
  const most = 2 * burstLimit + history.nodes + (rateLimit * longestMs) / 1000;
  let filled = 0;
  let beforeMs = Number.NEGATIVE_INFINITY;
  let over = 0;
  let overMs = 0;
  for (const { endMs, calls } of taken) {
    if (Number.isFinite(beforeMs)) filled = Math.max(0, filled - ((endMs - beforeMs) * rateLimit) / 1000);
    filled += calls;
    beforeMs = endMs;
    if (filled - most <= over) continue;
    over = filled - most;
    overMs = endMs;
  }
  return over > 0
    ? [
        `${name} admitted ${Math.ceil(over)} calls more than ${Math.floor(most)} and its rate, until ${Math.round(overMs)} ms`,
      ]
    : [];
}

/** A quota may leave this much of it unused. */
const UNUSED_MAX = 0.01;

function checkQuota(
  { unknown: unheard = {}, used: counted, exhausted = [], ...history }: LimitsHistory,
  name: string,
  { limit }: Extract<Limit, { kind: "quota" }>,
): readonly string[] {
  const calls = sum(takenOf(history, name).map((taken) => taken.calls));
  const unknown = sum(
    Object.entries(unheard).map(([path, count]) => (history.paths[path]?.includes(name) ? count : 0)),
  );
  const used = counted?.[name];
  const wrong: string[] = [];
  if (calls > limit) wrong.push(`${name} admitted ${calls} calls of ${limit}`);
  if (exhausted.includes(name) && calls + unknown < limit * (1 - UNUSED_MAX))
    wrong.push(`${name} admitted ${calls} calls of ${limit}, although callers wanted more`);
  if (used !== undefined && used < calls)
    wrong.push(`${name} says that ${used} calls were used, of ${calls} that it admitted`);
  if (used !== undefined && used > calls + unknown)
    wrong.push(
      `${name} says that ${used} calls were used: it admitted ${calls}, and of ${unknown} nobody knows`,
    );
  return wrong;
}
