import { UnitsDimension as Dimension, FreeReason, type QueryUnitsRequest } from "@tollgate/proto/usage";
import { Refusal } from "../refusal.ts";
import type { Row, Session } from "../usage-store/database.ts";
import { type Label, TAG_BREAK } from "../usage-store/label-units.ts";
import { missingEvents } from "../usage-store/missing.ts";
import { periodsOf } from "./units-range.ts";

const PAGE = 1_000;
const PAGE_MAX = 10_000;

const columnOf: Readonly<Record<number, string>> = {
  [Dimension.API]: "api_id",
  [Dimension.STAGE]: "stage",
  [Dimension.PLAN]: "usage_plan_id",
  [Dimension.KEY]: "api_key_id",
  [Dimension.FREE_REASON]: "free_reason",
};
const labelOf: Readonly<Record<number, Label>> = {
  [Dimension.CUSTOMER]: "customer",
  [Dimension.DOMAIN]: "domain",
  [Dimension.TAG]: "tag",
};

/** Selection is what is read, and how it is split. */
interface Selection {
  readonly table: "usage_units" | "usage_label_units";
  readonly label: Label | undefined;
  /** Columns that rows are split by besides the meter. */
  readonly columns: readonly string[];
  /** What has to be equal to which column; the empty string: nothing. */
  readonly filters: readonly (readonly [column: string, value: string])[];
}

function selectionOf(request: QueryUnitsRequest): Selection {
  const { by, meter, apiId, usagePlanId, apiKeyId } = request;
  const labels = by.flatMap((dimension) => labelOf[dimension] ?? []);
  const columns = by.flatMap((dimension) => columnOf[dimension] ?? []);
  if (labels.length + columns.length < by.length)
    throw new Refusal(
      "by contains what is not a dimension: use API, STAGE, PLAN, KEY, FREE_REASON, CUSTOMER, DOMAIN or TAG",
    );
  if (new Set(by).size < by.length) throw new Refusal("by contains a dimension twice");
  const own = [
    ["api_id", apiId],
    ["usage_plan_id", usagePlanId],
    ["api_key_id", apiKeyId],
  ] as const;
  const [label] = labels;
  if (!label) return { table: "usage_units", label, columns, filters: [["meter", meter], ...own] };
  const isAlone = labels.length === 1 && columns.every((column) => column === "free_reason");
  if (!isAlone || own.some(([, value]) => value !== ""))
    throw new Refusal(
      "CUSTOMER, DOMAIN and TAG are summed each by itself: only FREE_REASON and meter go together with one of them",
    );
  return { table: "usage_label_units", label, columns: ["value", ...columns], filters: [["meter", meter]] };
}

const text = (row: Row, column: string): string => String(row[column] ?? "");

function toProtoRow(row: Row, periodStart: number, label: Label | undefined) {
  const value = text(row, "value");
  const [key = "", ...rest] = value.split(TAG_BREAK);
  return {
    periodStartUnixMs: BigInt(periodStart),
    meter: text(row, "meter"),
    units: BigInt(text(row, "units")),
    freeUnits: BigInt(text(row, "free_units")),
    apiId: text(row, "api_id"),
    stage: text(row, "stage"),
    usagePlanId: text(row, "usage_plan_id"),
    apiKeyId: text(row, "api_key_id"),
    freeReason: Number(row["free_reason"] ?? 0) as FreeReason,
    customerId: label === "customer" ? value : "",
    domainName: label === "domain" ? value : "",
    ...(label === "tag" ? { tag: { key, value: rest.join(TAG_BREAK) } } : {}),
  };
}

/** Where a page begins: the place of its period, and of its row in that. */
interface Place {
  readonly period: number;
  readonly row: number;
}

function placeOf(token: string): Place {
  if (token === "") return { period: 0, row: 0 };
  const [, period, row] = /^(\d{1,6})\.(\d{1,12})$/.exec(token) ?? [];
  if (period === undefined) throw new Refusal(`page_token '${token}' is not from a response`);
  return { period: Number(period), row: Number(row) };
}

/** A statement that is the same for all periods. */
function statementOf({ table, label, columns, filters }: Selection, accountId: string) {
  const parameters: (string | number)[] = [0, 0, accountId, ...(label ? [label] : [])];
  const used = filters.filter(([, value]) => value !== "");
  const where = used.map(([column, value]) => ` AND ${column} = $${parameters.push(value)}`).join("");
  const [limit, offset] = [parameters.push(0), parameters.push(0)];
  const groups = ["meter", ...columns].join(", ");
  const sum = (which: string) => `CAST(SUM(CASE WHEN free_reason ${which} 0 THEN units ELSE 0 END) AS TEXT)`;
  return {
    sql: `SELECT ${groups}, ${sum("=")} AS units, ${sum("<>")} AS free_units FROM ${table}
      WHERE slot_unix_ms >= $1 AND slot_unix_ms < $2 AND account_id = $3${label ? " AND label = $4" : ""}${where}
      GROUP BY ${groups} HAVING SUM(units) <> 0 ORDER BY ${groups} LIMIT $${limit} OFFSET $${offset}`,
    parameters: (start: number, end: number, max: number, from: number) => [
      start,
      end,
      ...parameters.slice(2, limit - 1),
      max,
      from,
    ],
  };
}

/** queryUnits is UsageService.QueryUnits: a statement a period, until a page is full. */
export async function queryUnits(
  database: Session,
  request: QueryUnitsRequest,
  { silentBeforeUnixMs, nowUnixMs }: { readonly silentBeforeUnixMs: number; readonly nowUnixMs: number },
) {
  const selection = selectionOf(request);
  const periods = periodsOf(request, nowUnixMs);
  const size = request.pageSize || PAGE;
  if (size < 0 || size > PAGE_MAX) throw new Refusal(`page_size ${size} must be from 1 to ${PAGE_MAX}`);
  const { sql, parameters } = statementOf(selection, request.accountId || "000000000000");
  const rows: ReturnType<typeof toProtoRow>[] = [];
  let { period, row } = placeOf(request.pageToken);
  let nextPageToken = "";
  for (; period < periods.length && nextPageToken === ""; period++) {
    const { name, startUnixMs, endUnixMs } = periods[period] as (typeof periods)[number];
    const left = size - rows.length;
    const found = await database.query(sql, parameters(startUnixMs, endUnixMs, left + 1, row));
    rows.push(...found.slice(0, left).map((one) => toProtoRow(one, name, selection.label)));
    if (found.length > left) nextPageToken = `${period}.${row + left}`;
    row = 0;
  }
  return {
    rows,
    nextPageToken,
    missingEventCount: BigInt(await missingEvents(database, silentBeforeUnixMs)),
  };
}
