import { describe, expect, it } from "vitest";
import { type BatchHead, BatchReader } from "@tollgate/usage-stream";
import { batchOf, DAY, type EventInit, HOUR, T0 } from "./batches.contract.ts";
import { SUM_COLUMNS } from "./schema.ts";
import { Tally } from "./tally.ts";

function tallyOf(inits: readonly EventInit[]): Tally {
  const tally = new Tally();
  const reader = new BatchReader();
  const batch = batchOf("n/0/a", 1, inits);
  for (const event of reader.readEvents(batch, reader.readHead(batch) as BatchHead) ?? [])
    tally.add("n/0/a", event, T0);
  tally.split();
  return tally;
}
/** Hour, account, API, stage, method and path of each record, and its sums by their columns. */
const recordsOf = (inits: readonly EventInit[]) =>
  tallyOf(inits).records.rows.map((row) => ({
    place: row.slice(0, 6),
    sums: Object.fromEntries(SUM_COLUMNS.map((column, i) => [column, row[6 + i]])),
    lastReceivedUnixMs: row.at(-1),
  }));

describe("the tally of usage events", () => {
  it("adds the calls of one route and hour up to one record", () => {
    expect(recordsOf([{}, { status: 404, atMs: T0 + HOUR - 1 }])).toEqual([
      {
        place: [T0, "000000000000", "usageapi01", "prod", "GET", "/pets"],
        sums: {
          call_count: 2,
          status_2xx: 1,
          status_3xx: 0,
          status_4xx: 1,
          status_5xx: 0,
          request_bytes: 20,
          response_bytes: 200,
          latency_us: 3000,
          integration_latency_us: 2000,
          early_count: 1,
          late_count: 0,
          message_count: 0,
          connection_minutes: 0,
        },
        lastReceivedUnixMs: T0,
      },
    ]);
  });

  it.each<[string, EventInit]>([
    ["hour", { atMs: T0 + HOUR }],
    ["account", { accountId: "111111111111" }],
    ["API", { apiId: "other" }],
    ["stage", { stage: "test" }],
    ["method", { method: "PUT" }],
    ["path", { path: "" }],
  ])("keeps the calls of another %s separate", (_what, other) => {
    expect(recordsOf([{}, other, {}]).map(({ sums }) => sums["call_count"])).toEqual(
      expect.arrayContaining([1, 2]),
    );
  });

  it("counts messages with their calls, and minutes of connections as no calls", () => {
    const events = [{ messageCount: 3 }, { messageCount: 2 }, { connectionMinutes: 7, status: 0 }];
    const [record] = recordsOf(events);
    expect(record?.sums).toMatchObject({ call_count: 2, message_count: 5, connection_minutes: 7 });
  });

  it("also counts a call whose status has no class", () => {
    const [record] = recordsOf([{ status: 101 }, { status: 200 }]);
    expect(record?.sums).toMatchObject({ call_count: 2, status_2xx: 1, status_4xx: 0 });
  });

  it("counts API keys by plan and UTC day", () => {
    const key = { apiKeyId: "ada", usagePlanId: "gold" };
    const tally = tallyOf([key, { ...key, atMs: T0 + HOUR }, { ...key, atMs: T0 + DAY }, {}]);
    const midnight = Math.floor(T0 / DAY) * DAY;
    expect(tally.keyCalls.rows.map((row) => [row[0], row.at(-1)])).toEqual([
      [midnight, 2],
      [midnight + DAY, 1],
    ]);
  });
});
