import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { isNode, type Node, nodesIn, treeOf } from "./syntax.ts";

const PACKAGES = fileURLToPath(new URL("../../packages/", import.meta.url));

/** What runs for each call, message or record. */
const CALL_PATH = [
  "{http1,iam,mapping,pipeline,telemetry,transport}/src/**/*.ts",
  "data-plane/src/{cache,directory,limits,listener,logs,usage,websocket,worker}/**/*.ts",
];

/** Where functions are assigned to properties nevertheless, and when. */
const SELDOM: Readonly<Record<string, string>> = {
  "data-plane/src/listener/connection.ts": "a connection that ends after its response",
  "transport/src/interim-responses.ts": "a new connection of undici's",
};

const FUNCTIONS: readonly unknown[] = ["ArrowFunctionExpression", "FunctionExpression"];
/** What is left out when a source runs, or makes no other expression of it. */
const AROUND: readonly unknown[] = [
  "ParenthesizedExpression",
  "TSAsExpression",
  "TSNonNullExpression",
  "TSSatisfiesExpression",
  "TSTypeAssertion",
];

const isFunction = (value: unknown): boolean =>
  isNode(value) &&
  (FUNCTIONS.includes(value.type) || (AROUND.includes(value.type) && isFunction(value["expression"])));

const isProperty = (value: unknown): boolean =>
  isNode(value) &&
  (value.type === "MemberExpression" || (AROUND.includes(value.type) && isProperty(value["expression"])));

const assignsClosure = ({ type, left, right }: Node): boolean =>
  type === "AssignmentExpression" && isProperty(left) && isFunction(right);

const closuresIn = (source: string): number => [...nodesIn(treeOf(source))].filter(assignsClosure).length;

/**
 * V8 puts a function literal that is assigned to a property into the old generation at once: each one keeps what it can see, such as its call, until the
 * next major collection (ADR 114).
 */
describe("no function literal is assigned to a property for each call", () => {
  it.each([
    "call.exchange.onDrain = () => control.resume();",
    "this.#end ??= function () {};",
    "begin((control) => (exchange.gone = () => control.abort()));",
    "exchange.gone = (() => control.abort()) as Gone;",
    "exchange.gone = (async () => control.abort()) satisfies Gone;",
    "(exchange as Heard).gone = () => control.abort();",
    "exchange.gone! = () => control.abort();",
  ])("%s is found", (source) => {
    expect(closuresIn(source)).toBe(1);
  });

  it.each([
    "exchange.source = { drained: () => control.resume() };",
    "class Relay { readonly #end = () => this.end(); }",
    "exchange.onDrain = drained;",
    "const end = () => exchange.end();",
  ])("%s is none", (source) => {
    expect(closuresIn(source)).toBe(0);
  });

  it("on the call path", () => {
    const files = CALL_PATH.flatMap((pattern) => globSync(pattern, { cwd: PACKAGES })).filter(
      (file) => !/\.(spec|contract|fixture)\.ts$|\/kit\//.test(file),
    );
    const found = files.filter((file) => closuresIn(readFileSync(`${PACKAGES}${file}`, "utf8")) > 0);
    expect(files.length).toBeGreaterThan(300);
    expect(found.sort()).toEqual(Object.keys(SELDOM));
  });
});
