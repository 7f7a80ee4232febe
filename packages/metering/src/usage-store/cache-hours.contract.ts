import { expect, it } from "vitest";
import { compareLedger } from "../reconcile/compare-ledger.ts";
import { batchOf, type EventInit, HOUR, T0 } from "./batches.contract.ts";
import { type OpenDatabase, useStore } from "./storing.contract.ts";

const none = { status: 0, latencyUs: 0, integrationLatencyUs: 0, requestBytes: 0, responseBytes: 0 };
const cache = (cacheSize: string, atMs = T0): EventInit => ({
  ...none,
  apiKind: 0,
  metricKey: undefined,
  method: "CACHE",
  path: "",
  cacheSize,
  atMs,
});

/** Hours of caches. */
export function describeCacheHours(open: OpenDatabase): void {
  const on = useStore(open);
  const hours = async () => {
    const rows = await on.database.query(
      "SELECT slot_unix_ms, meter, stage, units FROM usage_units WHERE units <> 0 ORDER BY slot_unix_ms, meter, stage",
    );
    return rows.map((row) => [
      (Number(row["slot_unix_ms"]) - T0) / HOUR,
      row["meter"],
      row["stage"],
      Number(row["units"]),
    ]);
  };
  const sameBothWays = () =>
    compareLedger(on.database, { startUnixMs: T0 - 24 * HOUR, endUnixMs: T0 + 24 * HOUR });

  it("of caches count once, however many nodes record them and how often", async () => {
    for (const source of ["n/0/a", "n/0/b", "m/0/c"])
      await on.ingest([
        batchOf(source, 1, [cache("0.5"), cache("0.5", T0 + HOUR - 1), cache("0.5", T0 + HOUR)]),
      ]);
    await on.ingest([batchOf("n/0/a", 1, [cache("0.5"), cache("0.5"), cache("0.5")])]);
    await on.ingest([batchOf("k/0/d", 1, [{ ...cache("0.5"), stage: "dev" }])]);
    expect(await hours()).toEqual([
      [0, "cache.hour.0.5", "dev", 1],
      [0, "cache.hour.0.5", "prod", 1],
      [1, "cache.hour.0.5", "prod", 1],
    ]);
    expect([await on.calls(), await sameBothWays()]).toEqual([0, []]);
  });

  it.each([
    ["one after the other", [["28.4"], ["118"], ["6.1"]]],
    ["the largest first", [["118"], ["28.4"], ["6.1"]]],
    ["all in one batch", [["6.1", "118", "28.4"]]],
    ["with one that does not exist", [["999", "6.1"], ["118"], [""]]],
  ])("of caches are of the largest size of the hour: %s", async (_what, batches) => {
    for (const [i, sizes] of batches.entries())
      await on.ingest([
        batchOf(
          `n/${i}/a`,
          1,
          sizes.map((size) => cache(size)),
        ),
      ]);
    expect((await hours()).filter(([, meter]) => meter !== "transfer.byte")).toEqual([
      [0, "cache.hour.118", "prod", 1],
    ]);
    expect(await sameBothWays()).toEqual([]);
  });
}
