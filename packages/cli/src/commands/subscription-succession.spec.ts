import { describe, expect, it } from "vitest";
import { succession } from "./subscription-succession.ts";

const spec = { customerId: "acme", productId: "pets", startAt: "2026-11-01" };
const at = "2026-11-10T12:15:00Z";
const to = { product: "gold", at };

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

  it.each<[string, object, object, readonly string[], RegExp]>([
    ["the product it has", {}, { product: "pets" }, [], /has the product 'pets' already/],
    ["its end before the change", { endAt: "2026-11-10" }, {}, [], /ends 2026-11-10, which is not after/],
    ["a following one that is there", {}, {}, ["acme-pets-2"], /'acme-pets-2' already: use --as/],
  ])("is refused with %s", (_what, more, options, taken, message) => {
    const one = { id: "acme-pets", spec: { ...spec, ...more } };
    expect(() => succession(one, { ...to, ...options }, taken)).toThrow(message);
  });
});
