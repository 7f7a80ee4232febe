import fc from "fast-check";
import { expect, it } from "vitest";
import { FAULTS, type Plan, World } from "../../../../../test/limits/simulation/world.ts";

/** `npm run properties -- --rounds N FILE` shows others. */
const RUNS = 10;

const fault = fc.record({
  // Two at once, one within what another begins, and one after it.
  afterMs: fc.oneof(fc.nat(10), fc.nat(400), fc.nat(4_000)),
  kind: fc.oneof(fc.constant("server-killed" as const), fc.constantFrom(...FAULTS)),
  node: fc.nat(7),
  ms: fc.oneof(fc.integer({ min: 50, max: 900 }), fc.nat(4_000)),
});
const plan: fc.Arbitrary<Plan> = fc.record({
  seed: fc.nat(),
  nodes: fc.constantFrom(2, 3, 8),
  limit: fc.constantFrom(300, 3_000, 20_000, 100_000),
  demand: fc.double({ min: 0.05, max: 0.15, noNaN: true }),
  faults: fc.array(fault, { minLength: 1, maxLength: 10, size: "max" }),
});

/** A node dies with the server's data, and comes back after all that the others wait for without it. */
const together: fc.Arbitrary<Plan> = fc.record({
  seed: fc.nat(),
  nodes: fc.constantFrom(2, 3),
  limit: fc.constantFrom(300, 3_000, 100_000),
  demand: fc.double({ min: 0.05, max: 0.15, noNaN: true }),
  faults: fc.array(
    fault.map((one) => ({ ...one, kind: "node-and-server-killed" as const })),
    { minLength: 1, maxLength: 3 },
  ),
});
/** A machine that runs other tests, too, is ten times slower. */
const SLOW = { timeout: 120_000 };

async function outcomeOf(one: Plan) {
  using world = new World(one);
  return await world.run();
}

it("nodes never let through more calls than a quota has, whatever dies or is late", SLOW, async () => {
  await fc.assert(
    fc.asyncProperty(plan, async (one) => {
      const { admitted } = await outcomeOf(one);
      expect(admitted).toBeLessThanOrEqual(one.limit);
    }),
    { numRuns: RUNS, interruptAfterTimeLimit: 15_000, markInterruptAsFailure: false },
  );
});

it(
  "nodes never let through more where one dies with the server's data and is away for long",
  SLOW,
  async () => {
    await fc.assert(
      fc.asyncProperty(together, async (one) => {
        const { admitted } = await outcomeOf(one);
        expect(admitted).toBeLessThanOrEqual(one.limit);
      }),
      { numRuns: RUNS, interruptAfterTimeLimit: 15_000, markInterruptAsFailure: false },
    );
  },
);

it(
  "nodes let all but a hundredth of a quota through, though the server loses its data again and again",
  SLOW,
  async () => {
    const kill = { kind: "server-killed", node: 0, ms: 300 } as const;
    const faults = [2_000, 1_500, 500, 3_000, 2_500].map((afterMs) => ({ ...kill, afterMs }));
    const { admitted, unused } = await outcomeOf({ seed: 1, nodes: 8, limit: 100_000, demand: 0.07, faults });
    expect(admitted).toBeLessThanOrEqual(100_000);
    expect(unused).toBeLessThanOrEqual(0.01);
  },
);

it(
  "nodes let all of a quota through in the calm, but the reserves of those that nobody calls",
  SLOW,
  async () => {
    const { admitted } = await outcomeOf({ seed: 1, nodes: 3, limit: 3_000, demand: 0.15, faults: [] });
    expect(admitted).toBeLessThanOrEqual(3_000);
    expect(admitted).toBeGreaterThanOrEqual(3_000 * (1 - 1 / 200));
  },
);
