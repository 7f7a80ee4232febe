import { expect, it } from "vitest";
import { seeded } from "../kit/seeded.ts";
import { scenarios } from "../limits/scenarios.ts";

/** A small part of `npm run limits`. */
it.each(["even", "moved"])("three nodes keep what is promised of a limit: %s", async (name) => {
  const finding = await scenarios[name]?.({ nodes: 3, seconds: 5, random: seeded(4_711) });
  expect(finding).toMatchObject({ isKept: true });
});
