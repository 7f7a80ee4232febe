import { UnitsDimension as Dimension, type QueryUnitsRequest } from "@tollgate/proto/usage";
import { Refusal } from "../refusal.ts";
import type { Label } from "../usage-store/label-units.ts";

/** Selection is what is read, and how it is split. */
export interface Selection {
  readonly table: "usage_units" | "usage_label_units" | "usage_served_units";
  readonly label: Label | undefined;
  /** Columns that rows are split by besides the meter. */
  readonly columns: readonly string[];
  /** What has to be equal to which column; the empty string: nothing. */
  readonly filters: readonly (readonly [column: string, value: string])[];
}

const labelOf: Readonly<Record<number, Label>> = {
  [Dimension.CUSTOMER]: "customer",
  [Dimension.DOMAIN]: "domain",
  [Dimension.TAG]: "tag",
};
/** Which columns there are in both tables. */
const columnOf: Readonly<Record<number, string>> = {
  [Dimension.API]: "api_id",
  [Dimension.STAGE]: "stage",
  [Dimension.FREE_REASON]: "free_reason",
};
const callerColumnOf: Readonly<Record<number, string>> = {
  [Dimension.PLAN]: "usage_plan_id",
  [Dimension.KEY]: "api_key_id",
};
const servedColumnOf: Readonly<Record<number, string>> = {
  [Dimension.DEPLOYMENT]: "deployment_id",
  [Dimension.CACHE]: "cache_outcome",
  [Dimension.STREAMED]: "streamed",
  [Dimension.AUTHORIZER]: "authorizer_outcome",
  [Dimension.REGION]: "region",
};
const tables = [columnOf, callerColumnOf, servedColumnOf, labelOf] as const;

/** The names of dimensions, for messages. */
const NAMES = Object.entries(Dimension)
  .filter(([name, value]) => typeof value === "number" && name !== "UNSPECIFIED")
  .map(([name]) => name)
  .join(", ");

const ofLabel = (
  label: Label,
  { by, meter }: QueryUnitsRequest,
  ownFilters: readonly string[],
): Selection => {
  if (by.some((one) => !labelOf[one] && one !== Dimension.FREE_REASON) || ownFilters.some(Boolean))
    throw new Refusal(
      "CUSTOMER, DOMAIN and TAG are summed each by itself: only FREE_REASON and meter go together with one of them",
    );
  const columns = by.flatMap((dimension) => columnOf[dimension] ?? []);
  return { table: "usage_label_units", label, columns: ["value", ...columns], filters: [["meter", meter]] };
};

/** selectionOf checks which dimensions and filters go together. It throws a Refusal if they do not. */
export function selectionOf(request: QueryUnitsRequest): Selection {
  const { by, meter, apiId, usagePlanId, apiKeyId } = request;
  if (by.some((dimension) => !tables.some((table) => table[dimension])))
    throw new Refusal(`by contains what is not a dimension: use ${NAMES}`);
  if (new Set(by).size < by.length) throw new Refusal("by contains a dimension twice");
  const labels = by.flatMap((dimension) => labelOf[dimension] ?? []);
  const [label, ...others] = labels;
  if (others.length > 0)
    throw new Refusal(
      "CUSTOMER, DOMAIN and TAG are summed each by itself: ask for one of them in each request",
    );
  if (label) return ofLabel(label, request, [apiId, usagePlanId, apiKeyId]);
  const isServed = by.some((dimension) => servedColumnOf[dimension]);
  if (isServed && (by.some((one) => callerColumnOf[one]) || usagePlanId !== "" || apiKeyId !== ""))
    throw new Refusal(
      "DEPLOYMENT, CACHE, STREAMED, AUTHORIZER and REGION are not summed by PLAN and KEY: leave one or the other out",
    );
  return {
    table: isServed ? "usage_served_units" : "usage_units",
    label: undefined,
    columns: by.flatMap((one) => columnOf[one] ?? callerColumnOf[one] ?? servedColumnOf[one] ?? []),
    filters: [
      ["meter", meter],
      ["api_id", apiId],
      ["usage_plan_id", usagePlanId],
      ["api_key_id", apiKeyId],
    ],
  };
}
