/** Series is values by the beginnings of their periods, in seconds since 1970. */
export interface Series {
  /** Id of its query; empty: it was computed. */
  readonly id: string;
  readonly label: string;
  readonly periodS: number;
  readonly points: ReadonlyMap<number, number>;
}

/** Value is what an expression is worth. */
export type Value =
  | { readonly type: "scalar"; readonly value: number }
  | { readonly type: "series"; readonly series: Series }
  | { readonly type: "list"; readonly list: readonly Series[] }
  | { readonly type: "text"; readonly value: string };

/** TimeRange is from a time on, and before another, in seconds since 1970. */
export interface TimeRange {
  readonly startUnixS: number;
  readonly endUnixS: number;
  /** A time at which periods begin, a multiple of 60; absent: 0. */
  readonly originUnixS?: number | undefined;
}

export const scalar = (value: number): Value => ({ type: "scalar", value });
export const seriesValue = (series: Series): Value => ({ type: "series", series });
export const listValue = (list: readonly Series[]): Value => ({ type: "list", list });

/** mapPoints computes another series point by point; undefined and what is not finite is left out. */
export function mapPoints(
  series: Series,
  compute: (value: number, unixS: number) => number | undefined,
): Series {
  const points = new Map<number, number>();
  for (const [unixS, value] of series.points) {
    const result = compute(value, unixS);
    if (result !== undefined && Number.isFinite(result)) points.set(unixS, result);
  }
  return { ...series, id: "", points };
}

/** inOrder are the points of a series, oldest first. */
export const inOrder = ({ points }: Pick<Series, "points">): [number, number][] =>
  [...points].sort(([a], [b]) => a - b);

/** timesOf are all times at which any of some series has a point. */
export const timesOf = (list: readonly Series[]): ReadonlySet<number> =>
  new Set(list.flatMap(({ points }) => [...points.keys()]));
