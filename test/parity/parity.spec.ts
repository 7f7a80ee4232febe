import { expect, it } from "vitest";
import { runParity } from "./parity.ts";

it("responds as AWS does in every recorded case", async () => {
  const results = await runParity();
  expect(results.length).toBeGreaterThan(15);
  expect(results.filter(({ differences }) => differences.length > 0)).toEqual([]);
});
