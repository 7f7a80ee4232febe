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

/** The revisions of the config that rows are of; 0: unknown. */
const REVISIONS = ", MIN(NULLIF(first_revision, 0)) AS first_revision, MAX(last_revision) AS last_revision";

/** A statement that is the same for all periods. */
function statementOf({ table, label, columns, filters }: Selection, accountId: string) {
  const parameters: (string | number)[] = [0, 0, accountId, ...(label ? [label] : [])];
  const used = filters.filter(([, value]) => value !== "");
  const where = used.map(([column, value]) => ` AND ${column} = $${parameters.push(value)}`).join("");
  const [limit, offset] = [parameters.push(0), parameters.push(0)];
  const groups = ["meter", ...columns].join(", ");
  const sum = (which: string) => `CAST(SUM(CASE WHEN free_reason ${which} 0 THEN units ELSE 0 END) AS TEXT)`;
  return {
    sql: `SELECT ${groups}, ${sum("=")} AS units, ${sum("<>")} AS free_units${table === "usage_served_units" ? REVISIONS : ""} FROM ${table}
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
