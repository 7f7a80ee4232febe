import { expect, it } from "vitest";
import { seeded } from "../kit/seeded.ts";
import { scenarios } from "../limits/scenarios.ts";

// A small part of `npm run limits`. Its bands are of a machine that does nothing else, and are shown by a model on a clock of its own as well
// (token-share.spec.ts). Here: no history admits more than the limits allow, whatever the machine does meanwhile, and nodes share what there is.
const occasion = () => ({ nodes: 3, seconds: 5, random: seeded(4_711) });

it("three nodes admit together what the limit says", async () => {
  const { figures, wrong } = (await scenarios.even?.run(occasion())) ?? {};
  expect(wrong).toEqual([]);
  expect(figures?.ratio).toBeGreaterThan(0.5);
});

it("of three nodes the one that all calls move to gets more than its third", async () => {
  const { figures, wrong } = (await scenarios.moved?.run(occasion())) ?? {};
  expect(wrong).toEqual([]);
  expect(figures?.after).toBeGreaterThan(0.5);
});
