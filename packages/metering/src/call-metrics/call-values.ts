import { Distribution, type Metric } from "@tollgate/metric-store";

/** Values of one metric. Most metrics are of something that happened or did not: 0 and 1 are counted, and are in the distribution at last. */
interface MetricValues {
  readonly metric: Metric;
  zeros: number;
  ones: number;
  readonly others: Distribution;
}

/** CallValues are the values of calls by metric. There are few metrics in one place: a search among them is faster than a map. */
export class CallValues {
  readonly #metrics: MetricValues[] = [];

  /** add takes one value of a metric. */
  add(metric: Metric, value: number): void {
    const known = this.#find(metric);
    if (value === 0) known.zeros++;
    else if (value === 1) known.ones++;
    else known.others.add(value);
  }

  /** distributions are all values, in the order in which their metrics came. What is added later is not in them. */
  distributions(): readonly { readonly metric: Metric; readonly values: Distribution }[] {
    return this.#metrics.map(({ metric, zeros, ones, others }) => {
      const values = new Distribution();
      if (zeros > 0) values.add(0, zeros);
      if (ones > 0) values.add(1, ones);
      values.merge(others);
      return { metric, values };
    });
  }

  #find(metric: Metric): MetricValues {
    const metrics = this.#metrics;
    for (let at = 0; at < metrics.length; at++) {
      const one = metrics[at] as MetricValues;
      if (one.metric === metric) return one;
    }
    const one = { metric, zeros: 0, ones: 0, others: new Distribution() };
    metrics.push(one);
    return one;
  }
}
