import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { compareWithJava } from "./engines.ts";
import type { Case } from "./explained.ts";
import { paths, templates } from "./generate.ts";

const read = (name: string) => readFileSync(new URL(`cases/${name}`, import.meta.url), "utf8");
const SEED = Number(process.env.TOLLGATE_SEED ?? 1);

async function expectSame(cases: readonly Case[]): Promise<void> {
  const compared = await compareWithJava(cases);
  expect(compared.filter(({ isEqual, reason }) => !isEqual && reason === undefined)).toEqual([]);
  const equal = compared.filter(({ isEqual }) => isEqual).length;
  expect(equal).toBeGreaterThan(cases.length * 0.97);
}

describe("against Apache Velocity 1.7 and Jayway JsonPath 2.9", () => {
  it("templates render the same bytes", { timeout: 120_000 }, async () => {
    const chosen = read("language.vtl.txt").trimEnd().split("\n---\n");
    await expectSame([...chosen, ...templates(SEED, 2400)].map((template) => ({ template })));
  });

  it("JSONPaths find the same values", { timeout: 120_000 }, async () => {
    await expectSame(
      [...read("paths.txt").trim().split("\n"), ...paths(SEED, 800)].map((path) => ({ path })),
    );
  });
});
