import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ApiKind, CacheOutcome, FreeReason } from "@tollgate/proto/usage";
import { type BatchHead, BatchReader, encodeStageFacts } from "@tollgate/usage-stream";
import { batchOf, DAY, type EventInit, HOUR, T0 } from "./batches.contract.ts";
import type { Session } from "./database.ts";
import { SUM_COLUMNS } from "./schema.ts";
import { Tally } from "./tally.ts";

function tallyOf(inits: readonly EventInit[], firstSeq = 1): Tally {
  const tally = new Tally();
  const reader = new BatchReader();
  const batch = batchOf("n/0/a", firstSeq, inits);
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

/** Everything that a tally stores, by table and key: sums, and the first and the last revision. */
async function storedOf(tallies: readonly Tally[]): Promise<ReadonlyMap<string, readonly number[]>> {
  const stored = new Map<string, number[]>();
  const session: Session = {
    query: async () => [],
    add: async ({ name, columns, key }, rows) => {
      for (const row of rows) {
        const place = JSON.stringify([
          name,
          ...row.filter((_, i) => key.includes(columns[i]?.name as string)),
        ]);
        const known = stored.get(place);
        const values = columns.flatMap((column, i) =>
          // Sequence numbers are of the hour, whatever the meter is.
          [...key, "first_seq", "last_seq"].includes(column.name)
            ? []
            : [{ column: column.name, value: Number(row[i]) }],
        );
        stored.set(
          place,
          values.map(({ column, value }, i) => {
            const before = known?.[i];
            if (before === undefined) return value;
            if (column.startsWith("first_")) return Math.min(before, value);
            return column.startsWith("last_") ? Math.max(before, value) : before + value;
          }),
        );
      }
    },
  };
  for (const tally of tallies) await tally.save(session);
  return stored;
}

it("events that are tallied together come to what they come to one by one, whatever they differ in", async () => {
  const one = (...values: readonly string[]) => fc.constantFrom(...values);
  const facts = [{}, { team: "a" }, { team: "a", env: "b" }, { team: "a\nb" }].map((tags, i) =>
    encodeStageFacts({ region: i > 1 ? "eu-central-1" : "", tags }),
  );
  const event: fc.Arbitrary<EventInit> = fc.record({
    atMs: fc.constantFrom(T0, T0 + 1, T0 + 900_000, T0 + DAY),
    accountId: one("000000000000", "111111111111"),
    apiId: one("a", "b"),
    stage: one("prod", "test"),
    path: one("/pets", "@connections"),
    apiKind: fc.constantFrom(ApiKind.REST, ApiKind.HTTP, ApiKind.WEBSOCKET),
    apiKeyId: one("ada", "bob"),
    usagePlanId: one("", "gold"),
    connectionKey: fc.constantFrom(undefined, { apiKeyId: "eve", usagePlanId: "gold" }),
    customerId: one("", "acme"),
    domainName: one("", "acme.example.com"),
    deploymentId: one("", "d1"),
    freeReason: fc.constantFrom(FreeReason.UNSPECIFIED, FreeReason.THROTTLED),
    cacheOutcome: fc.constantFrom(CacheOutcome.UNSPECIFIED, CacheOutcome.HIT),
    isStreamed: fc.boolean(),
    configRevision: fc.constantFrom(1, 2, 2 ** 32 + 1),
    messageCount: fc.nat(2),
    connectionMinutes: fc.constantFrom(0, 0, 7),
    responseBytes: fc.nat(3),
    requestUnits: fc.nat(2),
    stageFacts: fc.constantFrom(...facts),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(event, { minLength: 1, maxLength: 30 }), async (events) => {
      const together = await storedOf([tallyOf(events)]);
      const apart = await storedOf(events.map((each, i) => tallyOf([each], i + 1)));
      expect(together).toEqual(apart);
    }),
    { numRuns: 100 },
  );
});
