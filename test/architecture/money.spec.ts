import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { isNode, type Node, nodesIn, treeOf } from "./syntax.ts";

const PACKAGES = fileURLToPath(new URL("../../packages/", import.meta.url));

/** Where money is computed. Instants are numbers there, so division itself is not forbidden: the type checker refuses a bigint with a number. */
const MONEY = ["billing/src/**/*.ts"];

/** Functions that make a number of something else, and those of numbers that are not whole. */
const MAKES_FLOATS: ReadonlySet<string> = new Set([
  "Number",
  "parseFloat",
  "parseInt",
  "toFixed",
  "toPrecision",
]);

const nameOf = (node: unknown): string => {
  if (!isNode(node)) return "";
  if (node.type === "MemberExpression") return nameOf(node.property);
  return node.type === "Identifier" ? String(node.name) : "";
};

/** What a piece of source does that can make money a float, or undefined. */
function floatIn(node: Node): string | undefined {
  switch (node.type) {
    case "Literal":
      return typeof node.value === "number" && !Number.isSafeInteger(node.value)
        ? String(node.raw)
        : undefined;
    case "UnaryExpression":
      return node.operator === "+" ? "unary +" : undefined;
    case "CallExpression":
      return MAKES_FLOATS.has(nameOf(node.callee)) ? `${nameOf(node.callee)}()` : undefined;
    case "Identifier":
      return node.name === "parseFloat" || node.name === "Number" ? String(node.name) : undefined;
    default:
      return undefined;
  }
}

const floatsIn = (source: string) => [
  ...new Set([...nodesIn(treeOf(source))].flatMap((node) => floatIn(node) ?? [])),
];

describe("no money passes through a float", () => {
  it.each([
    ["const price = Number(text);", "Number()"],
    ["const price = Number.parseFloat(text);", "parseFloat()"],
    ["const prices = texts.map(Number);", "Number"],
    ["const price = 0.1;", "0.1"],
    ["const price = +text;", "unary +"],
    ["const text = price.toFixed(2);", "toFixed()"],
  ])("%s is found", (source, expected) => {
    expect(floatsIn(source)).toContain(expected);
  });

  it.each([
    "const cents = (units * 350n) / 1_000_000n;",
    "const hour = Math.floor(unixMs / 3_600_000);",
    "const decimals = text.length - 1;",
  ])("%s is none", (source) => {
    expect(floatsIn(source)).toEqual([]);
  });

  it("where it is computed", () => {
    const files = MONEY.flatMap((pattern) => globSync(pattern, { cwd: PACKAGES })).filter(
      (file) => !/\.(spec|contract)\.ts$/.test(file),
    );
    const found = files.flatMap((file) =>
      floatsIn(readFileSync(`${PACKAGES}${file}`, "utf8")).map((what) => `${file}: ${what}`),
    );
    expect(files.length).toBeGreaterThan(10);
    expect(found).toEqual([]);
  });
});
