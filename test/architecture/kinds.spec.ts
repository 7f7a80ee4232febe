import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { isKind, kindNames, kindRule } from "@tollgate/config";
import { childrenOf, isNode, type Node, treeOf } from "./syntax.ts";

const PACKAGES = fileURLToPath(new URL("../../packages/", import.meta.url));

/** Where what differs by kind is written once for each, by files or folders, and why. */
const allowed: Readonly<Record<string, string>> = {
  "aws-api/src/services/apigateway/tags.ts":
    "the collections that TagResource takes in each version, as AWS documents them",
  "aws-api/src/services/iam/":
    "IAM has operations of users, groups and roles, which take and show different members",
  "aws-api/src/services/wafv2/": "the nouns of wafv2 and the resources in their ARNs, as AWS documents them",
  "aws-api/src/services/monitoring/":
    "CloudWatch has operations of metric alarms, of composite alarms and of both, which share their names",
  "control-plane/src/config/validate-alarms.ts": "metric alarms and composite alarms share their names",
  "aws-api/src/identity-port.ts": "which holders IAM renames and which have tags, as AWS describes it",
  "control-plane/src/aws/wording.ts": "AWS's sentences about what is missing differ by kind",
  "openapi/src/part.ts": "AWS names the parts of a definition by what they become",
  "control-plane/src/identity/holders.ts": "the same operations on the account",
  "control-plane/src/config/kind-checks.ts": "checks that need the pipeline or policies, one record by kind",
  "control-plane/src/deployment/deployment-kinds.ts":
    "how APIs of each protocol are deployed, exhaustive by type",
};
const isAllowed = (file: string) => Object.keys(allowed).some((place) => file.startsWith(place));

const nodes = (value: unknown): Node[] => (Array.isArray(value) ? value.filter(isNode) : []);

/** The kind that an expression or a type names: "Stage", kind === "Stage", isKindOf(entity, "Stage"), Entity<"Stage">. */
function kindIn(node: Node): string | undefined {
  switch (node.type) {
    case "Literal":
      return typeof node.value === "string" && isKind(node.value) ? node.value : undefined;
    case "TSLiteralType":
      return kindIn(node.literal as Node);
    case "TSTypeReference":
      return isNode(node.typeArguments) ? named(nodes(node.typeArguments.params))[0] : undefined;
    case "ArrayExpression":
      return named(nodes(node.elements).slice(0, 1))[0];
    case "BinaryExpression":
      return named([node.left as Node, node.right as Node])[0];
    default:
      return undefined;
  }
}

const named = (list: readonly Node[]): string[] => [...new Set(list.flatMap((node) => kindIn(node) ?? []))];

/** What a chain of || asks about: a comparison, or the arguments of a call such as isKindOf. */
function operands(node: Node): Node[] {
  if (node.type === "CallExpression") return nodes(node.arguments);
  return node.type === "LogicalExpression" && node.operator === "||"
    ? [...operands(node.left as Node), ...operands(node.right as Node)]
    : [node];
}

function keysOf(members: readonly Node[], key: string): string[] {
  const names = members.map((member) => {
    const { name, value } = (member[key] ?? {}) as { readonly name?: string; readonly value?: string };
    return name ?? value ?? "";
  });
  return names.every(isKind) ? names : [];
}

/** The kinds that a record maps to, where it maps to nothing else. */
function valuesOf(members: readonly Node[]): string[] {
  const kinds = named(members.flatMap(({ value }) => (isNode(value) ? [value] : [])));
  return kinds.length === members.length ? kinds : [];
}

/** The kinds that one piece of source names together: in a list, a union, a record, a switch or a chain of comparisons. */
function together(node: Node): readonly string[] {
  switch (node.type) {
    case "ArrayExpression":
      return named(nodes(node.elements));
    case "TSUnionType":
      return named(nodes(node.types));
    case "SwitchStatement":
      return named(nodes(node.cases).flatMap(({ test }) => (isNode(test) ? [test] : [])));
    case "LogicalExpression":
      return named(operands(node));
    case "ObjectExpression":
      return [...keysOf(nodes(node.properties), "key"), ...valuesOf(nodes(node.properties))];
    case "TSTypeLiteral":
      return keysOf(nodes(node.members), "key");
    default:
      return [];
  }
}

/** Every place of a source that names two kinds or more together. */
function* tables(node: Node): Generator<{ readonly start: number; readonly kinds: readonly string[] }> {
  const kinds = together(node);
  if (kinds.length > 1) yield { start: node.start, kinds };
  else for (const child of childrenOf(node)) yield* tables(child);
}

const tablesIn = (source: string) => [...tables(treeOf(source))];

describe("kinds are named together in their modules only", () => {
  it.each([
    'const frozen = new Set<Kind>(["Model", "Stage"]);',
    'const quotas = new Map([["Model", "models"], ["Stage", "stages"]]);',
    'type Part = "Model" | "Stage";',
    'type Part = Entity<"Model"> | Entity<"Stage">;',
    "const quotas = { Model: 1, Stage: 2 };",
    'const byCollection = { models: "Model", stages: "Stage" };',
    'const is = isKindOf(entity, "Model") || isKindOf(entity, "Stage");',
    'const is = entity.kind === "Model" || entity.kind === "Stage";',
    'switch (kind) { case "Model": f(); break; case "Stage": g(); }',
  ])("%s is found", (source) => {
    expect(tablesIn(source)).toMatchObject([{ kinds: ["Model", "Stage"] }]);
  });

  it.each([
    'const words = ["Model", "model"];',
    'const draft = { Model: "Pet", ContentType: "application/json" };',
    'const is = entity.kind === "Model" || entity.id === "Empty";',
  ])("%s is not a table of kinds", (source) => {
    expect(tablesIn(source)).toEqual([]);
  });

  it("and nowhere else", () => {
    const found = globSync("*/src/**/*.{ts,tsx}", { cwd: PACKAGES })
      .filter((file) => !/^config\/src\/kinds\/|\/gen\/|\.spec\.ts$/.test(file))
      .flatMap((file) => {
        const source = readFileSync(`${PACKAGES}${file}`, "utf8");
        return tablesIn(source).map(({ start, kinds }) => ({
          file,
          line: source.slice(0, start).split("\n").length,
          kinds: kinds.join(", "),
        }));
      });
    expect(found.filter(({ file }) => !isAllowed(file))).toEqual([]);
    const isNeeded = (place: string) => found.some(({ file }) => file.startsWith(place));
    expect(Object.keys(allowed).filter((place) => !isNeeded(place))).toEqual([]);
  });
});

describe("the documentation of quotas", () => {
  const page = readFileSync(`${PACKAGES}docs/control-api.md`, "utf8");
  const quotas = kindNames.map(kindRule).flatMap(({ quota, counts = [] }) => [quota ?? [], counts].flat());
  it.each([...new Set(quotas)])("names %s", (quota) => {
    expect(page).toContain(`\`${quota}\``);
  });
});
