import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, describe, expect, it } from "vitest";
import type { Allowance } from "@tollgate/pipeline";
import { createLogger } from "@tollgate/telemetry";
import { QuotaJournal } from "./quota-journal.ts";
import { type QuotaMemory, QuotaShare } from "./quota-share.ts";

const folder = mkdtempSync(join(tmpdir(), "tollgate-quota-share-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const LIMIT = 30_000;
const allowance: Allowance = { limit: LIMIT, period: "DAY-2026-11-29", endsUnixMs: 1_000, offset: 0 };
const remembered = (memory: Partial<QuotaMemory>): QuotaMemory => ({
  used: 0,
  epoch: "e",
  grantUnixMs: 0,
  alone: 0,
  spent: 0,
  ...memory,
});
const orderOf = (share: QuotaShare, nowMs: number, epoch = "e", learningForMs = 0) =>
  share.order({ node: "n", sequence: 1, nodes: 3, epoch, mayLease: false, learningForMs, needed: 0, nowMs });
const told = (share: QuotaShare, used: number, nowMs: number, granted = 0) =>
  share.replied(orderOf(share, nowMs), { granted, used, leased: granted, epoch: "e", grantUnixMs: 0 }, nowMs);

describe("a share without the server", () => {
  it("gives out what it has leased, however often the server is lost before it replies", () => {
    const share = new QuotaShare(allowance, undefined);
    told(share, 15_000, 0);
    told(share, 15_100, 100, 100);
    expect([share.held, share.reserve]).toEqual([75, 25]);
    expect(share.take(LIMIT)).toBe(75);
    let given = 0;
    for (let i = 1; i <= 20; i++) {
      share.lost(i * 1_000);
      given += share.takeAlone(LIMIT);
    }
    expect(given).toBe(25);
    expect(orderOf(share, 30_000)).toMatchObject({ spent: 100, holding: 0 });
  });

  it("gives out nothing that it has not leased", () => {
    for (const memory of [
      undefined,
      remembered({ used: 10 }),
      remembered({ epoch: "", alone: 70, spent: 70 }),
    ])
      expect(new QuotaShare(allowance, memory).takeAlone(LIMIT)).toBe(0);
  });

  it("keeps less for that as less is left, and nothing where others need it", () => {
    const share = new QuotaShare(allowance, undefined);
    told(share, 0, 0, 1_000);
    expect(share.reserve).toBe(51);
    told(share, LIMIT / 2, 50);
    expect(share.reserve).toBe(25);
    const order = { ...orderOf(share, 100), needed: 1 };
    share.replied(order, { granted: 0, used: LIMIT, leased: 500, epoch: "e", grantUnixMs: 0 }, 100);
    expect([share.held, share.reserve]).toEqual([1_000, 0]);
  });

  it("settles what it gave out before its end, and forgets it then", () => {
    const share = new QuotaShare(allowance, remembered({ alone: 70, spent: 70 }));
    share.takeFreely(5);
    const order = orderOf(share, 0);
    expect(order.spent).toBe(75);
    share.takeFreely(1);
    share.replied(order, { granted: 0, used: 75, leased: 0, epoch: "e", grantUnixMs: 0 }, 0);
    expect(share.unsettled).toBe(1);
  });

  it("keeps on its disk no less than is used until it writes again", () => {
    const share = new QuotaShare(allowance, undefined);
    told(share, 15_000, 0);
    expect(share.isBeyondKept).toBe(true);
    expect(share.toKeep()).toEqual(remembered({ used: 15_060 }));
    told(share, 15_060, 100);
    expect(share.isBeyondKept).toBe(false);
    told(share, 15_061, 200);
    expect(share.isBeyondKept).toBe(true);
  });
});

it("a share keeps on its disk what it saw before an epoch in which not all nodes have told how they stand", () => {
  const share = new QuotaShare(allowance, undefined);
  told(share, 15_000, 0);
  const order = orderOf(share, 1_000, "f", 1_500);
  share.replied(order, { granted: 0, used: 10, leased: 0, epoch: "f", grantUnixMs: 0 }, 1_000);
  expect(share.toKeep()).toEqual(remembered({ used: 15_060 }));
  share.learned("f", 2_500);
  expect(share.isBeyondKept).toBe(true);
});

describe("what a server that has lost its data starts from", () => {
  /** Too small for a reserve. */
  const small = { ...allowance, limit: 300 };
  const standing = { granted: 0, used: 90, leased: 0, grantUnixMs: 0 };
  const base = ({ toldSpent, toldOut, seen, seenEpoch }: ReturnType<typeof orderOf>) => ({
    told: toldSpent + toldOut,
    seen,
    seenEpoch,
  });

  it("is without what an order has returned whose reply was lost", () => {
    const share = new QuotaShare(small, undefined);
    share.replied(orderOf(share, 0), { ...standing, granted: 50, epoch: "e" }, 0);
    share.take(10);
    // The lease is over.
    expect(orderOf(share, 10_000)).toMatchObject({ spent: 10, holding: 0 });
    share.takeFreely(70);
    expect(base(orderOf(share, 10_100))).toEqual({ told: 10, seen: 90, seenEpoch: "e" });
  });

  it("has what a node holds, which it returns once the server knows of it", () => {
    const share = new QuotaShare(small, undefined);
    share.replied(orderOf(share, 0), { ...standing, granted: 50, epoch: "e" }, 0);
    share.lost(10_000);
    const order = orderOf(share, 10_000, "f", 2_000);
    expect(order).toMatchObject({ holding: 50, toldOut: 50 });
    share.replied(order, { ...standing, epoch: "f" }, 10_000);
    expect(orderOf(share, 10_100, "f", 1_900)).toMatchObject({ holding: 0 });
    expect(base(orderOf(share, 10_100, "f", 1_900))).toEqual({ told: 50, seen: 90, seenEpoch: "e" });
  });

  it("is what it was before an epoch in which not all nodes have told it how they stand", () => {
    const share = new QuotaShare(small, undefined);
    share.takeFreely(10);
    share.replied(orderOf(share, 0), { ...standing, epoch: "e" }, 0);
    share.takeFreely(20);
    share.replied(orderOf(share, 5_000, "f", 1_500), { ...standing, used: 110, epoch: "f" }, 5_000);
    const before = { told: 10, seen: 90, seenEpoch: "e" };
    expect(base(orderOf(share, 5_500, "f", 1_000))).toEqual(before);
    share.lost(6_400);
    expect(base(orderOf(share, 6_500, "g", 2_000))).toEqual(before);
  });

  it("is what was learned in an epoch that has lasted, without another order in it", () => {
    const share = new QuotaShare(small, undefined);
    share.takeFreely(30);
    share.replied(orderOf(share, 0, "f", 1_500), { ...standing, epoch: "f" }, 0);
    share.lost(1_500);
    expect(base(orderOf(share, 2_000, "g", 2_000))).toEqual({ told: 30, seen: 90, seenEpoch: "f" });
  });
});

describe("the journal of shares", () => {
  const row = { counter: "c", period: "p", endsUnixMs: 1_000, life: "n/1" };

  it("keeps all that a share remembers, also in a file of the last version", () => {
    const file = join(folder, "shared.db");
    {
      using old = new DatabaseSync(file);
      old.exec(`CREATE TABLE shared_quota (counter TEXT NOT NULL, period TEXT NOT NULL, used INTEGER NOT NULL, epoch TEXT NOT NULL,
          ends_unix_ms INTEGER NOT NULL, PRIMARY KEY (counter, period)) WITHOUT ROWID, STRICT;
        INSERT INTO shared_quota VALUES ('c', 'p', 7, 'e', 1000)`);
    }
    {
      using journal = new QuotaJournal(file, 0, createLogger("spec", "silent"));
      expect(journal.read("c", "p")).toEqual({ ...row, life: "", ...remembered({ used: 7 }) });
      journal.keep([{ ...row, ...remembered({ used: 9, grantUnixMs: 5, alone: 3, spent: 8 }) }]);
    }
    using journal = new QuotaJournal(file, 0, createLogger("spec", "silent"));
    expect(journal.read("c", "p")).toEqual({
      ...row,
      ...remembered({ used: 9, grantUnixMs: 5, alone: 3, spent: 8 }),
    });
  });

  it("keeps which nodes there were, in which epoch", () => {
    const file = join(folder, "roll.db");
    {
      using journal = new QuotaJournal(file, 0, createLogger("spec", "silent"));
      expect(journal.readRoll()).toBeUndefined();
      journal.keepRoll("e", ["a"]);
      journal.keepRoll("f", ["a", "b"]);
    }
    using journal = new QuotaJournal(file, 0, createLogger("spec", "silent"));
    expect(journal.readRoll()).toEqual({ epoch: "f", names: ["a", "b"] });
  });

  it("has the counters of other epochs whose period has not ended", () => {
    using journal = new QuotaJournal(join(folder, "epochs.db"), 0, createLogger("spec", "silent"));
    const old = { ...row, ...remembered({ used: 1, epoch: "d" }) };
    const ended = { ...row, period: "ended", endsUnixMs: 5, ...remembered({ epoch: "d" }) };
    const unknown = { ...row, counter: "unknown", ...remembered({ epoch: "" }) };
    journal.keep([old, ended, unknown, { ...row, counter: "own", ...remembered({}) }]);
    expect(journal.ofOtherEpochs("e", 10)).toEqual([old]);
  });

  it("forgets periods that ended a day ago, also while its node runs", () => {
    using journal = new QuotaJournal(join(folder, "ended.db"), 0, createLogger("spec", "silent"));
    const ended = { ...row, period: "ended", endsUnixMs: 0, ...remembered({ used: 1 }) };
    journal.keep([ended, { ...row, ...remembered({ used: 2 }) }]);
    journal.forgetEnded(86_400_001);
    expect([journal.read("c", "ended"), journal.read("c", "p")]).toEqual([
      undefined,
      { ...row, ...remembered({ used: 2 }) },
    ]);
  });
});
