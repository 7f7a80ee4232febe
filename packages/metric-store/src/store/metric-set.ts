import { createHash } from "node:crypto";

export interface Dimension {
  readonly name: string;
  readonly value: string;
}

/** MetricSet is the metrics of a namespace that have the same dimensions. */
export interface MetricSet {
  readonly accountId: string;
  readonly namespace: string;
  readonly dimensions: readonly Dimension[];
}

/** Metric is one metric of a set. Values with different units are different metrics (AWS: CloudWatch concepts, units). */
export interface Metric {
  readonly name: string;
  /** As CloudWatch names units; "None": it has none. */
  readonly unit: string;
}

const byName = (a: Dimension, b: Dimension): number => Number(a.name > b.name) - Number(a.name < b.name);

export const dimensionsText = (dimensions: readonly Dimension[]): string =>
  JSON.stringify([...dimensions].sort(byName).map(({ name, value }) => [name, value]));

export const dimensionsOfText = (text: string): Dimension[] =>
  (JSON.parse(text) as [string, string][]).map(([name, value]) => ({ name, value }));

/** keyOfSet identifies a set, in whatever order its dimensions are given. */
export const keyOfSet = ({ accountId, namespace, dimensions }: MetricSet): string =>
  createHash("sha256")
    .update(JSON.stringify([accountId, namespace, dimensionsText(dimensions)]))
    .digest("base64url")
    .slice(0, 22);
