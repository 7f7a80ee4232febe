import { inOrder, type Series } from "../math/value.ts";
import type { MetricQuery, MetricStat } from "./metric-query.ts";

/**
 * defaultLabels are the labels of queries for metrics that have none: the metric's name, and the statistic and the period where these tell queries of one
 * name apart.
 */
export function defaultLabels(queries: readonly MetricQuery[]): ReadonlyMap<MetricQuery, string> {
  const stats = queries.flatMap((query) => (query.metricStat ? [{ query, stat: query.metricStat }] : []));
  const labels = new Map<MetricQuery, string>();
  for (const same of Map.groupBy(stats, ({ stat }) => stat.metricName).values()) {
    const differs = (read: (stat: MetricStat) => string | number) =>
      new Set(same.map(({ stat }) => read(stat))).size > 1;
    const hasStat = differs(({ stat }) => stat);
    const hasPeriod = differs(({ periodS }) => periodS);
    const values = distinguishing(same.map(({ stat }) => stat));
    for (const { query, stat } of same)
      labels.set(
        query,
        [
          ...values(stat),
          stat.metricName,
          ...(hasStat ? [stat.stat] : []),
          ...(hasPeriod ? [String(stat.periodS)] : []),
        ].join(" "),
      );
  }
  return labels;
}

type OfDimensions = Pick<MetricStat, "dimensions">;

/** The values of dimensions in which some metrics differ. */
export function distinguishing(
  metrics: readonly OfDimensions[],
): (metric: OfDimensions) => readonly string[] {
  const texts = (name: string) =>
    new Set(
      metrics.map(({ dimensions }) => dimensions.find((dimension) => dimension.name === name)?.value ?? ""),
    );
  const names = new Set(metrics.flatMap(({ dimensions }) => dimensions.map(({ name }) => name)));
  const differing = new Set([...names].filter((name) => texts(name).size > 1));
  return ({ dimensions }) => dimensions.flatMap(({ name, value }) => (differing.has(name) ? [value] : []));
}

const time = (unixS: number): string => new Date(unixS * 1000).toISOString().slice(0, 19).replace("T", " ");

/** What stands for a part of a label in braces, such as MAX or PROP('Dim.Stage'); undefined: nothing. */
function partOf(
  name: string,
  series: Series,
  standard: string,
  stat: MetricStat | undefined,
): string | undefined {
  const ordered = inOrder(series);
  const values = ordered.map(([, value]) => value);
  const highest = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const lowest = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const sum = values.reduce((a, b) => a + b, 0);
  const timeOf = (wanted: number) => time(ordered.find(([, value]) => value === wanted)?.[0] ?? 0);
  if (name === "LABEL") return standard;
  if (name === "DATAPOINT_COUNT") return String(values.length);
  const property = /^PROP\('([^']*)'\)$/.exec(name)?.[1];
  if (property !== undefined) return propertyOf(property, stat);
  if (values.length === 0) return "--";
  switch (name) {
    case "MAX":
      return String(highest);
    case "MIN":
      return String(lowest);
    case "AVG":
      return String(sum / values.length);
    case "SUM":
      return String(sum);
    case "FIRST":
      return String(values[0]);
    case "LAST":
      return String(values.at(-1));
    case "MAX_TIME":
      return timeOf(highest);
    case "MIN_TIME":
      return timeOf(lowest);
    case "FIRST_TIME":
      return time(ordered[0]?.[0] ?? 0);
    case "LAST_TIME":
      return time(ordered.at(-1)?.[0] ?? 0);
    default:
      return undefined;
  }
}

function propertyOf(property: string, stat: MetricStat | undefined): string {
  if (property.startsWith("Dim."))
    return stat?.dimensions.find(({ name }) => name === property.slice(4))?.value ?? "";
  const known: Readonly<Record<string, string | number | undefined>> = {
    MetricName: stat?.metricName,
    Namespace: stat?.namespace,
    Stat: stat?.stat,
    Period: stat?.periodS,
  };
  return String(known[property] ?? "");
}

/** labelOf fills in the parts of a label that depend on its series, such as ${MAX} (AWS: dynamic labels). */
export const labelOf = (
  label: string,
  series: Series,
  { standard, stat }: { readonly standard: string; readonly stat?: MetricStat | undefined },
): string =>
  label.replaceAll(
    /\$\{([^}]*)\}/g,
    (whole, name: string) => partOf(name.trim(), series, standard, stat) ?? whole,
  );
