import type { DimensionSetView } from "../../metrics-port.ts";
import type { JsonOperation } from "../../protocol/json/operation.ts";
import { notOneOf } from "./errors.ts";
import {
  BOOLEAN,
  boundedBy,
  type Input,
  listOf,
  nextToken,
  pageOf,
  STRING,
  structure,
  textOf,
} from "./inputs.ts";

const PAGE = 500;
const RECENT_S = 3 * 3_600;

/** A dimension without a value is any; further dimensions are allowed. */
const hasDimensions = ({ dimensions }: DimensionSetView, filters: readonly Input[]): boolean =>
  filters.every((filter) =>
    dimensions.some(
      ({ name, value }) =>
        name === textOf(filter, "Name") &&
        (filter["Value"] === undefined || value === textOf(filter, "Value")),
    ),
  );

/** listMetrics is ListMetrics (AWS: CloudWatch API reference). */
export const listMetrics: JsonOperation = {
  name: "ListMetrics",
  isReadOnly: true,
  input: structure({
    Namespace: STRING,
    MetricName: STRING,
    Dimensions: { type: "list", of: structure({ Name: STRING, Value: STRING }, ["Name"]) },
    NextToken: STRING,
    RecentlyActive: STRING,
    IncludeLinkedAccounts: BOOLEAN,
    OwningAccount: STRING,
  }),
  resource: () => "*",
  async run({ input, application, caller }) {
    const filters = listOf(input, "Dimensions");
    boundedBy(filters, "dimensions", 10);
    const recently = textOf(input, "RecentlyActive");
    if (recently !== "" && recently !== "PT3H") throw notOneOf(recently, "recentlyActive", ["PT3H"]);
    const metricName = textOf(input, "MetricName");
    const from = recently === "" ? 0 : Math.floor(Date.now() / 1000) - RECENT_S;
    const sets = await application.metrics.sets(caller.accountId, textOf(input, "Namespace"), from);
    const all = sets
      .filter((set) => hasDimensions(set, filters))
      .flatMap(({ namespace, dimensions, metricNames }) =>
        metricNames
          .filter((name) => metricName === "" || name === metricName)
          .map((name) => ({
            Namespace: namespace,
            MetricName: name,
            Dimensions: dimensions.map(({ name: key, value }) => ({ Name: key, Value: value })),
          })),
      );
    const { items, next } = pageOf(all, input, PAGE);
    return { Metrics: items, ...nextToken(next) };
  },
};
