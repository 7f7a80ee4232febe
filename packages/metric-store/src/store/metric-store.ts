import { type Cell, decodeCell, encodeCell } from "../distribution/cell.ts";
import { Distribution, type StatisticSet } from "../distribution/distribution.ts";
import { selectIn } from "./in-chunks.ts";
import { dimensionsText, keyOfSet, type Metric, type MetricSet } from "./metric-set.ts";
import { periodAt, startOf } from "./retention.ts";
import { points, sets } from "./schema.ts";
import type { MetricSession } from "./session.ts";

/** Sample is values of one metric at a time. */
export interface Sample extends MetricSet {
  readonly metric: Metric;
  readonly unixS: number;
  readonly values: Distribution;
}

export interface MetricStoreOptions {
  /** Dimension sets that an account may have in namespaces of AWS, and as many in its own: those that come later are not kept, and counted. */
  readonly setsMax: number;
  readonly nowMs: () => number;
}

interface NewPoint {
  readonly setKey: string;
  readonly periodS: number;
  readonly startUnixS: number;
  readonly values: Map<string, { readonly metric: Metric; readonly values: Distribution }>;
}

interface Batch {
  readonly sets: Map<string, MetricSet>;
  readonly points: Map<string, NewPoint>;
}

/** Metrics of one set, which whoever puts values names: its list is read with each write, and a row has all of them. */
const METRICS_MAX = 1_000;

/** WriteReport is what became of samples. */
export interface WriteReport {
  /** Samples of dimension sets that the account has no room for, or of metrics that a set has none for. */
  readonly refused: number;
  /** Samples of a time that is not kept any more. */
  readonly expired: number;
  /** Stored points that could not be read as a whole: what could be is kept, and the new samples. */
  readonly damaged: number;
}

const nameOf = ({ name, unit }: Metric): string => `${name}\n${unit}`;
const pointKey = (setKey: string, periodS: number, startUnixS: number): string =>
  `${setKey} ${periodS} ${startUnixS}`;

/**
 * MetricStore adds samples to what is stored, in a transaction of its caller: whatever else that transaction writes, such as which events were
 * counted, is true of the metrics, too. Several processes may write at once: a row for each dimension set is locked, in the order of their keys.
 */
export class MetricStore {
  readonly #options: MetricStoreOptions;
  /** Keys of sets that were written: whether there is room for them need not be asked. */
  readonly #known = new Set<string>();

  constructor(options: MetricStoreOptions) {
    this.#options = options;
  }

  async write(session: MetricSession, samples: readonly Sample[]): Promise<WriteReport> {
    const nowUnixS = Math.floor(this.#options.nowMs() / 1000);
    const { batch, expired } = batchOf(samples, nowUnixS);
    const refused = await this.#refuse(session, batch);
    const saved = batch.points.size > 0 ? await save(session, batch, nowUnixS) : { refused: 0, damaged: 0 };
    return { refused: refused + saved.refused, expired, damaged: saved.damaged };
  }

  /** forget is called when sets may have been removed. */
  forget(): void {
    this.#known.clear();
  }

  /** Takes out of a batch the sets that there is no room for, and returns how many samples these had. */
  async #refuse(session: MetricSession, batch: Batch): Promise<number> {
    const unknown = [...batch.sets.keys()].filter((key) => !this.#known.has(key));
    if (unknown.length === 0) return 0;
    const stored = await selectIn(
      session,
      "SELECT set_key FROM metric_sets WHERE set_key IN ($KEYS)",
      [],
      unknown,
    );
    for (const { set_key } of stored) this.#known.add(String(set_key));
    const added = unknown.filter((key) => !this.#known.has(key));
    const refused = new Set<string>();
    const shareOf = (key: string): string => {
      const { accountId, namespace } = batch.sets.get(key) as MetricSet;
      return `${accountId} ${isOfAws(namespace)}`;
    };
    for (const keys of Map.groupBy(added, shareOf).values()) {
      const { accountId, namespace } = batch.sets.get(keys[0] as string) as MetricSet;
      const equals = isOfAws(namespace) ? "=" : "<>";
      const [row] = await session.query(
        `SELECT COUNT(*) AS sets FROM metric_sets WHERE account_id = $1 AND SUBSTR(namespace, 1, ${AWS_PREFIX.length}) ${equals} '${AWS_PREFIX}'`,
        [accountId],
      );
      const room = Math.max(0, this.#options.setsMax - Number(row?.["sets"]));
      // Sets with fewer dimensions, such as those of stages, are more use than those of routes.
      keys.sort((a, b) => dimensionCount(batch, a) - dimensionCount(batch, b));
      for (const key of keys.slice(room)) refused.add(key);
    }
    for (const key of refused) batch.sets.delete(key);
    let samples = 0;
    for (const [key, point] of batch.points)
      if (refused.has(point.setKey)) {
        samples += samplesIn(point);
        batch.points.delete(key);
      }
    return samples;
  }
}

/** What functions of an account put must not take the room of what is counted of its calls. */
const AWS_PREFIX = "AWS/";
const isOfAws = (namespace: string): boolean => namespace.startsWith(AWS_PREFIX);

const samplesIn = ({ values: all }: NewPoint): number =>
  [...all.values()].reduce((sum, { values }) => sum + values.sampleCount, 0);

const dimensionCount = (batch: Batch, key: string): number => batch.sets.get(key)?.dimensions.length ?? 0;

/** Samples by what they are stored as. */
function batchOf(samples: readonly Sample[], nowUnixS: number): { batch: Batch; expired: number } {
  const batch: Batch = { sets: new Map(), points: new Map() };
  const keys = new Map<readonly unknown[], string>();
  let expired = 0;
  for (const { metric, unixS, values, ...set } of samples) {
    const periodS = periodAt(unixS, nowUnixS);
    if (periodS === undefined) {
      expired += values.sampleCount;
      continue;
    }
    // Samples of one event share their list of dimensions.
    const setKey = keys.get(set.dimensions) ?? keyOfSet(set);
    keys.set(set.dimensions, setKey);
    batch.sets.set(setKey, set);
    const startUnixS = startOf(unixS, periodS);
    const key = pointKey(setKey, periodS, startUnixS);
    let point = batch.points.get(key);
    if (!point) batch.points.set(key, (point = { setKey, periodS, startUnixS, values: new Map() }));
    const name = nameOf(metric);
    const known = point.values.get(name);
    if (known) known.values.merge(values);
    else {
      const own = new Distribution();
      own.merge(values);
      point.values.set(name, { metric, values: own });
    }
  }
  return { batch, expired };
}

/** Stores a batch. Samples are left out where their sets have as many metrics as they may have. */
async function save(
  session: MetricSession,
  batch: Batch,
  nowUnixS: number,
): Promise<Omit<WriteReport, "expired">> {
  const keys = [...batch.sets.keys()].sort();
  const added = keys.map((key) => {
    const { accountId, namespace, dimensions } = batch.sets.get(key) as MetricSet;
    return [key, accountId, namespace, dimensionsText(dimensions), "[]", nowUnixS];
  });
  await session.add(sets, added);
  const { numbers, refused } = await numberMetrics(session, batch, keys);
  const { cells, damaged } = await readCells(session, batch);
  const rows = [...batch.points].map(([key, { setKey, periodS, startUnixS, values }]) => {
    const cell: Cell = cells.get(key) ?? new Map<number, Distribution>();
    for (const [name, { values: more }] of values) {
      const number = numbers.get(setKey)?.get(name) as number;
      const known = cell.get(number);
      if (known) known.merge(more);
      else cell.set(number, more);
    }
    return [setKey, periodS, startUnixS, encodeCell(cell)] as const;
  });
  await session.add(
    points,
    rows.toSorted((a, b) => Number(a[0] > b[0]) - Number(a[0] < b[0])),
  );
  return { refused, damaged };
}

/** The numbers of metrics in the lists of their sets. What is new is added to them; what they have no room for is taken out of the batch. */
async function numberMetrics(session: MetricSession, batch: Batch, keys: readonly string[]) {
  const stored = await selectIn(
    session,
    "SELECT set_key, metrics FROM metric_sets WHERE set_key IN ($KEYS)",
    [],
    keys,
  );
  const lists = new Map(
    stored.map((row) => [String(row["set_key"]), JSON.parse(String(row["metrics"])) as [string, string][]]),
  );
  const numbers = new Map<string, Map<string, number>>();
  const changed = new Set<string>();
  for (const [key, list] of lists)
    numbers.set(key, new Map(list.map(([name, unit], i) => [nameOf({ name, unit }), i])));
  let refused = 0;
  for (const [key, { setKey, values }] of batch.points) {
    for (const [name, { metric, values: samples }] of values) {
      const list = lists.get(setKey) as [string, string][];
      if (numbers.get(setKey)?.has(name)) continue;
      if (list.length >= METRICS_MAX) {
        refused += samples.sampleCount;
        values.delete(name);
        continue;
      }
      numbers.get(setKey)?.set(name, list.length);
      list.push([metric.name, metric.unit]);
      changed.add(setKey);
    }
    if (values.size === 0) batch.points.delete(key);
  }
  for (const key of [...changed].sort())
    await session.query("UPDATE metric_sets SET metrics = $2 WHERE set_key = $1", [
      key,
      JSON.stringify(lists.get(key)),
    ]);
  return { numbers, refused };
}

/** What is stored of the points of a batch. */
async function readCells(session: MetricSession, batch: Batch) {
  const cells = new Map<string, Cell>();
  let damaged = 0;
  const byPeriod = Map.groupBy(
    batch.points.values(),
    ({ periodS, startUnixS }) => `${periodS} ${startUnixS}`,
  );
  for (const group of byPeriod.values()) {
    const { periodS, startUnixS } = group[0] as NewPoint;
    const rows = await selectIn(
      session,
      "SELECT set_key, data FROM metric_points WHERE period_s = $1 AND start_unix_s = $2 AND set_key IN ($KEYS)",
      [periodS, startUnixS],
      group.map(({ setKey }) => setKey),
    );
    for (const row of rows) {
      const { cell, isDamaged } = decodeCell(String(row["data"]));
      if (isDamaged) damaged++;
      cells.set(pointKey(String(row["set_key"]), periodS, startUnixS), cell);
    }
  }
  return { cells, damaged };
}

/** valuesOf is a distribution of one value, or of a set of values that were added up elsewhere. */
export function valuesOf(given: { readonly value: number; readonly samples?: number } | StatisticSet) {
  const values = new Distribution();
  if ("value" in given) values.add(given.value, given.samples);
  else values.addSet(given);
  return values;
}
