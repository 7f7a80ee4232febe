import { expect, it } from "vitest";
import { seeded } from "../../kit/seeded.ts";
import { compare } from "./compare.ts";
import { policyCases } from "./generate.ts";

// A part of `npm run policies`, the same each time.
const [SEED, COUNT] = [1, 1000];

it("policies decide as those of an engine that others wrote, but for what is explained", async () => {
  const outcome = await compare(policyCases(seeded(SEED), COUNT));
  expect(outcome.unexplained).toEqual([]);
  expect(outcome.refused).toBe(0);
  expect(outcome.equal).toBeGreaterThan(COUNT * 0.93);
  expect(outcome.allowed).toBeGreaterThan(COUNT * 0.05);
});
