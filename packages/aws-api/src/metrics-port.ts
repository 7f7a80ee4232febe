/** Metrics as CloudWatch's API reads and writes them. Times in seconds since 1970. */
export interface DimensionView {
  readonly name: string;
  readonly value: string;
}

export interface DimensionSetView {
  readonly namespace: string;
  readonly dimensions: readonly DimensionView[];
  readonly metricNames: readonly string[];
}

export interface MetricStatQuery {
  readonly namespace: string;
  readonly metricName: string;
  readonly dimensions: readonly DimensionView[];
  readonly periodS: number;
  readonly stat: string;
  /** Empty: whatever unit the values have. */
  readonly unit: string;
}

export interface MetricDataQuery {
  readonly id: string;
  /** undefined: one is made. */
  readonly label: string | undefined;
  readonly isHidden: boolean;
  readonly of:
    | { readonly case: "metricStat"; readonly value: MetricStatQuery }
    | { readonly case: "expression"; readonly value: string };
  /** 0: as its metrics. */
  readonly periodS: number;
}

/** From a time on, and before another. */
export interface MetricRange {
  readonly startUnixS: number;
  readonly endUnixS: number;
}

export interface MetricDataResult {
  readonly id: string;
  readonly label: string;
  /** Oldest first. */
  readonly unixS: readonly number[];
  readonly values: readonly number[];
  readonly messages: readonly { readonly code: string; readonly value: string }[];
}

export interface StatisticsQuery extends MetricRange {
  readonly namespace: string;
  readonly metricName: string;
  readonly dimensions: readonly DimensionView[];
  readonly periodS: number;
  readonly statistics: readonly string[];
  readonly unit: string;
}

export interface DatapointView {
  readonly unixS: number;
  readonly unit: string;
  readonly values: Readonly<Record<string, number>>;
}

export interface MetricDatum {
  readonly metricName: string;
  readonly dimensions: readonly DimensionView[];
  readonly unixS: number;
  readonly unit: string;
  readonly values: readonly number[];
  readonly counts: readonly number[];
  readonly statistics:
    | {
        readonly sampleCount: number;
        readonly sum: number;
        readonly minimum: number;
        readonly maximum: number;
      }
    | undefined;
}

/** MetricsPort is the metrics of accounts. It throws refusals with CloudWatch's sentences. */
export interface MetricsPort {
  data(
    accountId: string,
    queries: readonly MetricDataQuery[],
    range: MetricRange,
  ): Promise<readonly MetricDataResult[]>;
  /** Oldest first, each unit for itself. */
  statistics(accountId: string, query: StatisticsQuery): Promise<readonly DatapointView[]>;
  /** Those with values since a time (0: of the last two weeks), in their order; an empty namespace is all. */
  sets(accountId: string, namespace: string, seenFromUnixS: number): Promise<readonly DimensionSetView[]>;
  put(accountId: string, namespace: string, data: readonly MetricDatum[]): Promise<void>;
}
