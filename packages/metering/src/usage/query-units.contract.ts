import { beforeEach, expect, it } from "vitest";
import {
  AuthorizerOutcome,
  UnitsDimension as By,
  CacheOutcome,
  FreeReason,
  UsagePeriod as Period,
  type QueryUnitsRequest,
} from "@tollgate/proto/usage";
import { encodeStageFacts } from "@tollgate/usage-stream";
import { batchOf, type EventInit, HOUR, T0 } from "../usage-store/batches.contract.ts";
import { type OpenDatabase, useStore } from "../usage-store/storing.contract.ts";
import { queryUnits } from "./query-units.ts";

const meter = "rest.request";
const tagged = encodeStageFacts({ region: "us-east-1", tags: { team: "blue", "cost=center": "7" } });
const NOW = T0 + 48 * HOUR;

/** All that there is, together. */
const ALL: QueryUnitsRequest = {
  $typeName: "tollgate.usage.v1.QueryUnitsRequest",
  accountId: "",
  by: [],
  period: Period.TOTAL,
  timeZone: "",
  startTimeUnixMs: 0n,
  endTimeUnixMs: 0n,
  meter,
  apiId: "",
  usagePlanId: "",
  apiKeyId: "",
  pageSize: 0,
  pageToken: "",
};

/** Units by dimensions and periods. */
export function describeUnits(open: OpenDatabase): void {
  const on = useStore(open);
  const query = (given: Partial<QueryUnitsRequest> = {}) =>
    queryUnits(on.database, { ...ALL, ...given }, { silentBeforeUnixMs: 0, nowUnixMs: NOW });
  const shown = async (given: Partial<QueryUnitsRequest>) =>
    (await query(given)).rows.map(({ periodStartUnixMs, units, freeUnits, ...row }) => [
      ...(periodStartUnixMs > 0n ? [new Date(Number(periodStartUnixMs)).toISOString().slice(0, 16)] : []),
      ...[row.apiId, row.stage, row.usagePlanId, row.apiKeyId, row.customerId, row.domainName].filter(
        Boolean,
      ),
      ...[row.deploymentId, row.region].filter(Boolean),
      ...(row.cacheOutcome ? [`cache ${row.cacheOutcome}`] : []),
      ...(row.streamed ? ["streamed"] : []),
      ...(row.authorizerOutcome ? [`authorizer ${row.authorizerOutcome}`] : []),
      ...(row.lastConfigRevision ? [`${row.firstConfigRevision}-${row.lastConfigRevision}`] : []),
      ...(row.tag ? [row.tag.key, row.tag.value] : []),
      ...(row.freeReason ? [row.freeReason] : []),
      Number(units),
      Number(freeUnits),
    ]);

  beforeEach(async () => {
    const ada: EventInit = { apiKeyId: "ada", usagePlanId: "gold", customerId: "acme" };
    await on.ingest([
      batchOf("n/0/a", 1, [
        { ...ada, domainName: "api.example", deploymentId: "one", configRevision: 7, isStreamed: true },
        { ...ada, atMs: T0 + 13 * HOUR, deploymentId: "two", cacheOutcome: CacheOutcome.HIT },
        { ...ada, atMs: T0 + 13.5 * HOUR, freeReason: FreeReason.THROTTLED, deploymentId: "two" },
        { apiKeyId: "ben", usagePlanId: "free", apiId: "other00001", stageFacts: tagged },
        {
          stage: "dev",
          stageFacts: tagged,
          deploymentId: "one",
          configRevision: 9,
          authorizerOutcome: AuthorizerOutcome.ALLOWED,
        },
      ]),
    ]);
  });

  it("counts the calls of a stage whatever characters its tags have", async () => {
    const stageFacts = encodeStageFacts({ region: "", tags: { "a\nb": "c", a: "b\nc", nul: "x\0" } });
    await on.ingest([batchOf("n/0/b", 1, [{ apiId: "odd", stageFacts }])]);
    expect(await shown({ apiId: "odd" })).toEqual([[1, 0]]);
    expect(await shown({ by: [By.TAG] })).toContainEqual(["nul", "x\ufffd", 1, 0]);
  });

  it.each<[string, readonly By[], readonly unknown[]]>([
    ["nothing", [], [[4, 1]]],
    [
      "API and stage",
      [By.API, By.STAGE],
      [
        ["other00001", "prod", 1, 0],
        ["usageapi01", "dev", 1, 0],
        ["usageapi01", "prod", 2, 1],
      ],
    ],
    [
      "plan and key",
      [By.PLAN, By.KEY],
      [
        [1, 0],
        ["free", "ben", 1, 0],
        ["gold", "ada", 2, 1],
      ],
    ],
    [
      "key and reason",
      [By.KEY, By.FREE_REASON],
      [
        [1, 0],
        ["ada", 2, 0],
        ["ada", FreeReason.THROTTLED, 0, 1],
        ["ben", 1, 0],
      ],
    ],
    ["customer", [By.CUSTOMER], [["acme", 2, 1]]],
    [
      "deployment, with the revisions of the config",
      [By.DEPLOYMENT],
      [
        [1, 0],
        ["one", "7-9", 2, 0],
        ["two", 1, 1],
      ],
    ],
    [
      "stage, cache, streaming and authorizer",
      [By.STAGE, By.CACHE, By.STREAMED, By.AUTHORIZER],
      [
        ["dev", "authorizer 1", "9-9", 1, 0],
        ["prod", 1, 1],
        ["prod", "streamed", "7-7", 1, 0],
        ["prod", "cache 1", 1, 0],
      ],
    ],
    [
      "region and reason",
      [By.REGION, By.FREE_REASON],
      [
        ["7-7", 2, 0],
        [FreeReason.THROTTLED, 0, 1],
        ["us-east-1", "9-9", 2, 0],
      ],
    ],
    ["domain", [By.DOMAIN], [["api.example", 1, 0]]],
    [
      "tag",
      [By.TAG],
      [
        ["cost=center", "7", 2, 0],
        ["team", "blue", 2, 0],
      ],
    ],
    [
      "customer and reason",
      [By.CUSTOMER, By.FREE_REASON],
      [
        ["acme", 2, 0],
        ["acme", FreeReason.THROTTLED, 0, 1],
      ],
    ],
  ])("are summed by %s", async (_what, by, rows) => {
    expect(await shown({ by: [...by] })).toEqual(rows);
  });

  it("are summed in hours, days and months of a time zone", async () => {
    const since = { startTimeUnixMs: BigInt(T0), by: [By.CUSTOMER] };
    expect(await shown({ ...since, period: Period.HOUR })).toEqual([
      ["2026-11-21T10:00", "acme", 1, 0],
      ["2026-11-21T23:00", "acme", 1, 1],
    ]);
    expect(await shown({ ...since, period: Period.DAY })).toEqual([["2026-11-21T00:00", "acme", 2, 1]]);
    expect(await shown({ ...since, period: Period.DAY, timeZone: "Europe/Berlin" })).toEqual([
      ["2026-11-20T23:00", "acme", 1, 0],
      ["2026-11-21T23:00", "acme", 1, 1],
    ]);
    expect(await shown({ ...since, period: Period.HOUR, timeZone: "Asia/Kolkata" })).toEqual([
      ["2026-11-21T09:30", "acme", 1, 0],
      ["2026-11-21T22:30", "acme", 1, 0],
      ["2026-11-21T23:30", "acme", 0, 1],
    ]);
    expect(await shown({ ...since, period: Period.MONTH, timeZone: "Asia/Kolkata" })).toEqual([
      ["2026-10-31T18:30", "acme", 2, 1],
    ]);
  });

  it("are of one meter, API, plan or key where that is wanted, and of all meters where none is", async () => {
    expect(await shown({ apiId: "other00001" })).toEqual([[1, 0]]);
    expect(await shown({ usagePlanId: "gold", apiKeyId: "ada" })).toEqual([[2, 1]]);
    expect(await shown({ usagePlanId: "gold", apiKeyId: "ben" })).toEqual([]);
    const { rows } = await query({ meter: "" });
    expect(rows.map((row) => [row.meter, Number(row.units)])).toEqual([
      [meter, 4],
      ["transfer.byte", 400],
    ]);
  });

  it("are read in pages", async () => {
    const request = {
      by: [By.KEY],
      period: Period.DAY,
      startTimeUnixMs: BigInt(T0),
      timeZone: "Europe/Berlin",
      pageSize: 1,
    };
    const found: unknown[] = [];
    let pageToken = "";
    do {
      const page = await query({ ...request, pageToken });
      found.push(...page.rows.map((row) => [row.apiKeyId, Number(row.units), Number(row.freeUnits)]));
      pageToken = page.nextPageToken;
    } while (pageToken !== "");
    expect(found).toEqual([
      ["", 1, 0],
      ["ada", 1, 0],
      ["ben", 1, 0],
      ["ada", 1, 1],
    ]);
  });

  it("are in no page twice where usage is counted between two pages", async () => {
    const request = { by: [By.FREE_REASON, By.KEY], pageSize: 2 };
    const first = await query(request);
    await on.ingest([batchOf("n/0/b", 1, [{ apiKeyId: "adam", usagePlanId: "gold" }])]);
    const second = await query({ ...request, pageToken: first.nextPageToken });
    expect([first, second].map(({ rows }) => rows.map((row) => [row.apiKeyId, Number(row.units)]))).toEqual([
      [
        ["", 1],
        ["ada", 2],
      ],
      [
        ["adam", 1],
        ["ben", 1],
      ],
    ]);
    const before = { ...request, by: [By.KEY] };
    const page = await query(before);
    await on.ingest([batchOf("n/0/c", 1, [{ apiKeyId: "aaron", usagePlanId: "gold" }])]);
    const rest = await query({ ...before, pageToken: page.nextPageToken });
    expect(rest.rows.map((row) => row.apiKeyId)).toEqual(["adam", "ben"]);
    await expect(query({ ...request, pageToken: page.nextPageToken })).rejects.toThrow(/the same request/);
  });

  it.each<[RegExp, Partial<QueryUnitsRequest>]>([
    [/summed each by itself/, { by: [By.CUSTOMER, By.KEY] }],
    [/summed each by itself/, { by: [By.CUSTOMER, By.TAG] }],
    [/summed each by itself/, { by: [By.TAG], apiId: "a" }],
    [/are not summed by PLAN and KEY/, { by: [By.CACHE, By.KEY] }],
    [/are not summed by PLAN and KEY/, { by: [By.DEPLOYMENT], usagePlanId: "p" }],
    [/a dimension twice/, { by: [By.KEY, By.KEY] }],
    [/what is not a dimension/, { by: [99 as By] }],
    [/period 9 must be TOTAL, HOUR, DAY or MONTH/, { period: 9 as Period }],
    [/start_time_unix_ms is needed/, { period: Period.DAY }],
    [
      /time_zone 'Mars' must be one of the IANA/,
      { period: Period.DAY, startTimeUnixMs: 1n, timeZone: "Mars" },
    ],
    [
      /time_zone '\+05:37' must be one of the IANA/,
      { period: Period.DAY, startTimeUnixMs: 1n, timeZone: "+05:37" },
    ],
    [/end_time_unix_ms -1 must be a time in milliseconds since 1970/, { endTimeUnixMs: -1n }],
    [/not after the year 9999/, { period: Period.DAY, startTimeUnixMs: 2n ** 60n, endTimeUnixMs: 2n ** 61n }],
    [/more than 2000 periods/, { period: Period.HOUR, startTimeUnixMs: 1n }],
    [/the range is empty/, { startTimeUnixMs: 2n, endTimeUnixMs: 1n }],
    [/page_size 10001/, { pageSize: 10_001 }],
    [/page_token 'x' is not from a response/, { pageToken: "x" }],
  ])("are refused with %s", async (message, request) => {
    await expect(query(request)).rejects.toThrow(message);
  });
}
