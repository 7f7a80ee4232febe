import { describe, expect, it } from "vitest";
import { cancellation, succession } from "./subscription-succession.ts";

const spec = { customerId: "acme", productId: "pets", startAt: "2026-11-01" };
const at = "2026-11-10T12:15:00Z";
const to = { product: "gold", at, timeZone: "UTC" };

describe("a change of product", () => {
  it("ends one subscription at the instant at which the other begins", () => {
    expect(succession({ id: "acme-pets", spec }, to, ["acme-pets"])).toEqual({
      ending: { id: "acme-pets", spec: { ...spec, endAt: at } },
      following: { id: "acme-pets-2", spec: { customerId: "acme", productId: "gold", startAt: at } },
    });
  });

  it("keeps a planned end, and what is left of a trial", () => {
    const planned = { ...spec, trialEndAt: "2026-11-15", endAt: "2027-01-01" };
    const { ending, following } = succession({ id: "acme-9", spec: planned }, { ...to, as: "x" }, []);
    expect([ending.spec.endAt, ending.spec.trialEndAt]).toEqual([at, "2026-11-15"]);
    expect(following).toEqual({
      id: "x",
      spec: {
        customerId: "acme",
        productId: "gold",
        startAt: at,
        trialEndAt: "2026-11-15",
        endAt: "2027-01-01",
      },
    });
    const over = succession({ id: "a-9", spec: { ...spec, trialEndAt: "2026-11-05" } }, to, []).following;
    expect([over.id, over.spec.trialEndAt]).toEqual(["a-10", undefined]);
  });

  it("keeps the spend limit, and does not begin with the suspension of the one before", () => {
    const spendLimit = { amount: "5", warnAt: [100], onLimit: "SUSPEND" } as const;
    const given = { ...spec, spendLimit: { ...spendLimit, warnAt: [100] }, suspendedUntil: "2026-12-01" };
    const { ending, following } = succession({ id: "a", spec: given }, to, []);
    expect(ending.spec.suspendedUntil).toBe("2026-12-01");
    expect(following.spec).toEqual({
      customerId: "acme",
      productId: "gold",
      startAt: at,
      spendLimit: { ...spendLimit, warnAt: [100] },
    });
  });

  it("keeps a trial, and takes an end for reached, by the time zone of the customer", () => {
    const given = { id: "a", spec: { ...spec, trialEndAt: "2026-11-10", endAt: "2026-11-11" } };
    const inAmerica = { ...to, at: "2026-11-10T02:00:00Z", timeZone: "America/Los_Angeles" };
    expect(succession(given, inAmerica, []).following.spec.trialEndAt).toBe("2026-11-10");
    const inKiribati = { ...to, at: "2026-11-10T12:00:00Z", timeZone: "Pacific/Kiritimati" };
    expect(() => succession(given, inKiribati, [])).toThrow(/ends 2026-11-11, which is not after/);
  });

  it.each<[string, object, object, readonly string[], RegExp]>([
    ["the product it has", {}, { product: "pets" }, [], /has the product 'pets' already/],
    ["its end before the change", { endAt: "2026-11-10" }, {}, [], /ends 2026-11-10, which is not after/],
    ["a following one that is there", {}, {}, ["acme-pets-2"], /'acme-pets-2' already: use --as/],
  ])("is refused with %s", (_what, more, options, taken, message) => {
    const one = { id: "acme-pets", spec: { ...spec, ...more } };
    expect(() => succession(one, { ...to, ...options }, taken)).toThrow(message);
  });
});

describe("a cancellation", () => {
  it("ends a subscription, sooner than it would have ended, and twice at the same time", () => {
    for (const endAt of [undefined, "2027-01-01", "2026-12-01"]) {
      const given = { ...spec, ...(endAt && { endAt }) };
      const ended = { id: "a", spec: { ...spec, endAt: "2026-12-01" } };
      expect(cancellation({ id: "a", spec: given }, { at: "2026-12-01", timeZone: "UTC" })).toEqual(ended);
    }
  });

  it("is refused where the subscription has ended before: it would be charged again", () => {
    const given = { id: "a", spec: { ...spec, endAt: "2026-11-05" } };
    expect(() => cancellation(given, { at: "2026-12-01", timeZone: "UTC" })).toThrow(
      /'a' ends 2026-11-05, which is before 2026-12-01/,
    );
  });
});
