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
  ...memory,
});
const orderOf = (share: QuotaShare, nowMs: number, epoch = "e", learningForMs = 0) =>
  share.order({ node: "n", nodes: 3, epoch, mayLease: false, learningForMs, needed: 0, nowMs });
const told = (share: QuotaShare, used: number, nowMs: number) =>
  share.replied(orderOf(share, nowMs), { granted: 0, used, leased: 0, epoch: "e", grantUnixMs: 0 }, nowMs);
function aloneOf(share: QuotaShare): number {
  share.lost(3, 10_000);
  return share.takeAlone(LIMIT);
}

describe("a share without the server", () => {
  it("gives out its part once, however often the server is lost before it replies", () => {
    const share = new QuotaShare(allowance, undefined);
    told(share, 15_000, 0);
    let given = 0;
    for (let i = 1; i <= 20; i++) {
      share.lost(3, i * 1_000);
      given += share.takeAlone(LIMIT);
    }
    expect(given).toBe(1_000);
    told(share, 16_000, 30_000);
    share.lost(3, 40_000);
    expect(share.takeAlone(LIMIT)).toBe(Math.floor((14_000 * 0.2) / 3));
  });

  it("gives out no more of what is left when the server has not heard all nodes yet", () => {
    const share = new QuotaShare(allowance, undefined);
    told(share, 15_000, 0);
    share.lost(3, 1_000);
    expect(share.takeAlone(400)).toBe(400);
    const order = orderOf(share, 2_000, "f", 1_500);
    share.replied(order, { granted: 0, used: 15_400, leased: 0, epoch: "f", grantUnixMs: 0 }, 2_000);
    share.lost(3, 2_100);
    expect(share.takeAlone(LIMIT)).toBe(600);
    told(share, 16_000, 30_000);
    share.lost(3, 30_100);
    expect(share.takeAlone(LIMIT)).toBe(Math.floor((14_000 * 0.8) / 3));
  });

  it("gives out no more than its part of what was left last, if no order follows the time in which all nodes told", () => {
    const share = new QuotaShare(allowance, undefined);
    told(share, 15_000, 0);
    share.lost(3, 1_000);
    const order = orderOf(share, 2_000, "f", 1_500);
    share.replied(order, { granted: 0, used: 29_700, leased: 0, epoch: "f", grantUnixMs: 0 }, 2_000);
    share.lost(3, 60_000);
    share.lost(3, 61_000);
    expect(share.takeAlone(LIMIT)).toBe(20);
  });

  it("starts from what was left when the node ended, and what it gave out alone", () => {
    expect(aloneOf(new QuotaShare(allowance, undefined))).toBe(100);
    expect(aloneOf(new QuotaShare(allowance, remembered({ used: LIMIT })))).toBe(0);
    expect(aloneOf(new QuotaShare(allowance, remembered({ used: LIMIT - 30 })))).toBe(10);
    expect(aloneOf(new QuotaShare(allowance, remembered({ epoch: "", alone: 70 })))).toBe(30);
    const grant = { period: allowance.period, remaining: 60, grantTimeUnixMs: 5 };
    const granted = { ...allowance, grant };
    expect(aloneOf(new QuotaShare(granted, remembered({ used: LIMIT })))).toBe(20);
    expect(aloneOf(new QuotaShare(granted, remembered({ used: LIMIT, grantUnixMs: 5 })))).toBe(0);
  });

  it("settles what it gave out before its end, and forgets it then", () => {
    const share = new QuotaShare(allowance, remembered({ alone: 70 }));
    share.takeFreely(5);
    const order = orderOf(share, 0);
    expect(order.spent).toBe(75);
    share.takeFreely(1);
    share.replied(order, { granted: 0, used: 75, leased: 0, epoch: "e", grantUnixMs: 0 }, 0);
    expect(share.unsettled).toBe(1);
  });
});

describe("what a server that has lost its data starts from", () => {
  const standing = { granted: 0, used: 90, leased: 0, grantUnixMs: 0 };
  const base = ({ toldSpent, toldOut, seen, seenEpoch }: ReturnType<typeof orderOf>) => ({
    told: toldSpent + toldOut,
    seen,
    seenEpoch,
  });

  it("is without what an order has returned whose reply was lost", () => {
    const share = new QuotaShare(allowance, undefined);
    share.replied(orderOf(share, 0), { ...standing, granted: 50, epoch: "e" }, 0);
    share.take(10);
    // The lease is over.
    expect(orderOf(share, 10_000)).toMatchObject({ spent: 10, holding: 0 });
    share.takeFreely(70);
    expect(base(orderOf(share, 10_100))).toEqual({ told: 10, seen: 90, seenEpoch: "e" });
  });

  it("has what a node returns after the loss, which nobody took off", () => {
    const share = new QuotaShare(allowance, undefined);
    share.replied(orderOf(share, 0), { ...standing, granted: 50, epoch: "e" }, 0);
    share.lost(3, 10_000);
    expect(orderOf(share, 10_000, "f", 2_000)).toMatchObject({ holding: 0, toldOut: 50 });
    expect(base(orderOf(share, 10_100, "f", 1_900))).toEqual({ told: 50, seen: 90, seenEpoch: "e" });
  });

  it("is what it was before an epoch in which not all nodes have told it how they stand", () => {
    const share = new QuotaShare(allowance, undefined);
    share.takeFreely(10);
    share.replied(orderOf(share, 0), { ...standing, epoch: "e" }, 0);
    share.takeFreely(20);
    share.replied(orderOf(share, 5_000, "f", 1_500), { ...standing, used: 110, epoch: "f" }, 5_000);
    const before = { told: 10, seen: 90, seenEpoch: "e" };
    expect(base(orderOf(share, 5_500, "f", 1_000))).toEqual(before);
    share.lost(3, 6_400);
    expect(base(orderOf(share, 6_500, "g", 2_000))).toEqual(before);
  });

  it("is what was learned in an epoch that has lasted, without another order in it", () => {
    const share = new QuotaShare(allowance, undefined);
    share.takeFreely(30);
    share.replied(orderOf(share, 0, "f", 1_500), { ...standing, epoch: "f" }, 0);
    share.lost(3, 1_500);
    expect(base(orderOf(share, 2_000, "g", 2_000))).toEqual({ told: 30, seen: 90, seenEpoch: "f" });
  });
});

describe("the journal of shares", () => {
  const row = { counter: "c", period: "p", endsUnixMs: 1_000 };

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
      expect(journal.read("c", "p")).toEqual(remembered({ used: 7 }));
      journal.keep([{ ...row, ...remembered({ used: 9, grantUnixMs: 5, alone: 3 }) }]);
    }
    using journal = new QuotaJournal(file, 0, createLogger("spec", "silent"));
    expect(journal.read("c", "p")).toEqual(remembered({ used: 9, grantUnixMs: 5, alone: 3 }));
  });

  it("forgets periods that ended a day ago, also while its node runs", () => {
    using journal = new QuotaJournal(join(folder, "ended.db"), 0, createLogger("spec", "silent"));
    const ended = { ...row, period: "ended", endsUnixMs: 0, ...remembered({ used: 1 }) };
    journal.keep([ended, { ...row, ...remembered({ used: 2 }) }]);
    journal.forgetEnded(86_400_001);
    expect([journal.read("c", "ended"), journal.read("c", "p")]).toEqual([
      undefined,
      remembered({ used: 2 }),
    ]);
  });
});
