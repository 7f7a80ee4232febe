import type { AuthorizerOutcome, CacheOutcome, FreeReason, QueryUnitsRequest } from "@tollgate/proto/usage";
import { Refusal } from "../refusal.ts";
import type { Row, Session } from "../usage-store/database.ts";
import { type Label, TAG_BREAK } from "../usage-store/label-units.ts";
import { missingEvents } from "../usage-store/missing.ts";
import { periodsOf } from "./units-range.ts";
import { type Selection, selectionOf } from "./units-selection.ts";

const PAGE = 1_000;
const PAGE_MAX = 10_000;

const text = (row: Row, column: string): string => String(row[column] ?? "");

const whole = (row: Row, column: string): number => Number(row[column] ?? 0);

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
    freeReason: whole(row, "free_reason") as FreeReason,
    deploymentId: text(row, "deployment_id"),
    cacheOutcome: whole(row, "cache_outcome") as CacheOutcome,
    streamed: whole(row, "streamed") === 1,
    authorizerOutcome: whole(row, "authorizer_outcome") as AuthorizerOutcome,
    region: text(row, "region"),
    firstConfigRevision: BigInt(whole(row, "first_revision")),
    lastConfigRevision: BigInt(whole(row, "last_revision")),
    customerId: label === "customer" ? value : "",
    domainName: label === "domain" ? value : "",
    ...(label === "tag" ? { tag: { key, value: rest.join(TAG_BREAK) } } : {}),
  };
}

/**
 * Where a page begins: in which period, and after which row of it, by what its rows are split by; empty: with its first row. It is not a number
 * of rows: usage that is counted between two pages adds rows before it.
 */
interface Place {
  readonly period: number;
  readonly after: readonly (string | number)[];
}

const tokenOf = ({ period, after }: Place): string =>
  `${period}.${Buffer.from(JSON.stringify(after)).toString("base64url")}`;

function afterOf(encoded: string): unknown {
  try {
    return JSON.parse(Buffer.from(encoded, "base64url").toString());
  } catch {
    return undefined;
  }
}

/** Numbers among what rows are split by. */
const wholeColumns: ReadonlySet<string> = new Set([
  "free_reason",
  "cache_outcome",
  "streamed",
  "authorizer_outcome",
]);

function placeOf(token: string, groups: readonly string[]): Place {
  if (token === "") return { period: 0, after: [] };
  const [, period, encoded = ""] = /^(\d{1,6})\.([\w-]+)$/.exec(token) ?? [];
  const after = afterOf(encoded);
  const isOfRows =
    Array.isArray(after) &&
    (after.length === 0 || after.length === groups.length) &&
    after.every((value, i) => typeof value === (wholeColumns.has(groups[i] ?? "") ? "number" : "string"));
  if (!isOfRows) throw new Refusal(`page_token '${token}' is not from a response to the same request`);
  return { period: Number(period), after };
}

/** The revisions of the config that rows are of; 0: unknown. */
const REVISIONS = ", MIN(NULLIF(first_revision, 0)) AS first_revision, MAX(last_revision) AS last_revision";

/** Which rows of a period are read: up to `max` of those after a place; `after` is empty for the first ones. */
interface Part {
  readonly startUnixMs: number;
  readonly endUnixMs: number;
  readonly after: readonly (string | number)[];
  readonly max: number;
}

const groupsOf = ({ columns }: Selection): readonly string[] => ["meter", ...columns];

/** statementOf is the statement that reads sums. */
function statementOf(
  selection: Selection,
  accountId: string,
  { startUnixMs, endUnixMs, after, max }: Part,
): readonly [sql: string, parameters: readonly (string | number)[]] {
  const { table, label, filters } = selection;
  const parameters: (string | number)[] = [];
  const put = (value: string | number) => `$${parameters.push(value)}`;
  const groups = groupsOf(selection).join(", ");
  const conditions = [
    `slot_unix_ms >= ${put(startUnixMs)}`,
    `slot_unix_ms < ${put(endUnixMs)}`,
    `account_id = ${put(accountId)}`,
    ...(label ? [`label = ${put(label)}`] : []),
    ...filters.filter(([, value]) => value !== "").map(([column, value]) => `${column} = ${put(value)}`),
    ...(after.length > 0 ? [`(${groups}) > (${after.map(put).join(", ")})`] : []),
  ];
  const sum = (which: string) => `CAST(SUM(CASE WHEN free_reason ${which} 0 THEN units ELSE 0 END) AS TEXT)`;
  const sql = `SELECT ${groups}, ${sum("=")} AS units, ${sum("<>")} AS free_units${table === "usage_served_units" ? REVISIONS : ""} FROM ${table}
      WHERE ${conditions.join(" AND ")}
      GROUP BY ${groups} HAVING SUM(units) <> 0 ORDER BY ${groups} LIMIT ${put(max)}`;
  return [sql, parameters];
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
  const accountId = request.accountId || "000000000000";
  const groups = groupsOf(selection);
  const rows: ReturnType<typeof toProtoRow>[] = [];
  let { period, after } = placeOf(request.pageToken, groups);
  let nextPageToken = "";
  for (; period < periods.length && nextPageToken === ""; period++) {
    const { name, startUnixMs, endUnixMs } = periods[period] as (typeof periods)[number];
    const left = size - rows.length;
    const part = { startUnixMs, endUnixMs, after, max: left + 1 };
    const found = await database.query(...statementOf(selection, accountId, part));
    const page = found.slice(0, left);
    rows.push(...page.map((one) => toProtoRow(one, name, selection.label)));
    const last = page.at(-1);
    // Where nothing of the period fits any more, the next page begins where this period does.
    if (found.length > left)
      nextPageToken = tokenOf({ period, after: last ? groups.map((column) => last[column] ?? "") : after });
    after = [];
  }
  return {
    rows,
    nextPageToken,
    missingEventCount: BigInt(await missingEvents(database, silentBeforeUnixMs)),
  };
}
