import { isDeepStrictEqual } from "node:util";
import { Validator } from "@seriousme/openapi-schema-validator";
import { parse } from "yaml";
import {
  checkRules,
  definitionText,
  type ExportSource,
  exportOpenApi,
  type Finding,
  type ImportOutcome,
  importOpenApi,
  type JsonObject,
  LINT_RULES,
} from "@tollgate/openapi";
import { cpuMs } from "../kit/effort.ts";
import { MAX_BYTES } from "./packages.ts";
import { BUILT_IN, entitiesOf, saying, sourceOfEntities } from "./saying.ts";

const METHODS = [
  "get",
  "put",
  "post",
  "delete",
  "options",
  "head",
  "patch",
  "x-amazon-apigateway-any-method",
];
/** Everything that is refused in the definitions of the packages, and why it is right to refuse it. */
const REFUSALS = [
  // AWS: a path segment holds these characters, or is one whole parameter.
  /^(segment '.*' must be characters of|the path must not have an empty segment|the path must not end with)/,
  /^the parameter '.*' appears twice/,
  // Two paths that differ in the name of a parameter only, with the same method: their calls cannot be distinguished.
  / already exists: another path of the definition is equivalent$/,
  // Files that are in parts.
  /^\$ref '.*' (cannot be resolved|is circular)/,
  // OpenAPI 3.1 with webhooks alone.
  /^'paths' is missing$/,
  // Integrations whose address was taken out before the definition was published.
  /expected string, received undefined|must be POST: Lambda functions are invoked with POST|must be (the ARN )?arn:aws:apigateway/,
];

export interface Checked {
  readonly operations: number;
  readonly findings: readonly Finding[];
  /** What the import or its report has wrong. */
  readonly wrong: readonly string[];
  /** CPU time of the import and of the rules. */
  readonly ms: number;
}

type Item = Readonly<Record<string, unknown>>;

const pointer = (...path: readonly string[]) =>
  `/${path.map((part) => part.replaceAll("~", "~0").replaceAll("/", "~1")).join("/")}`;

/** A path item may be elsewhere in the definition. */
function itemOf(item: unknown, root: Item): Item {
  const ref = (item as Item | null)?.$ref;
  if (typeof ref !== "string") return (item ?? {}) as Item;
  const parts = ref
    .slice(2)
    .split("/")
    .map((part) => decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~"));
  return itemOf(
    parts.reduce<unknown>((value, part) => (value as Item | undefined)?.[part], root),
    root,
  );
}

function operationsOf(root: Item): string[] {
  return Object.entries((root.paths ?? {}) as Item).flatMap(([path, item]) =>
    Object.entries(itemOf(item, root)).flatMap(([key, operation]) =>
      METHODS.includes(key) && typeof operation === "object" ? [pointer("paths", path, key)] : [],
    ),
  );
}

const methodsOf = ({ manifests }: ImportOutcome): number =>
  manifests
    .filter(({ kind }) => kind === "Resource")
    .reduce((sum, { spec }) => sum + Object.keys((spec as { methods: object }).methods).length, 0);

const API_ID = "abcdefghij";

/** The first place where two values differ. */
function differenceOf(a: unknown, b: unknown, at: readonly string[] = []): string | undefined {
  if (isDeepStrictEqual(a, b)) return undefined;
  const isObject = (value: unknown): value is Item => typeof value === "object" && value !== null;
  if (!isObject(a) || !isObject(b))
    return `${pointer(...at)}: ${JSON.stringify(a)} became ${JSON.stringify(b)}`;
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  const name = names.find((one) => !isDeepStrictEqual(a[one], b[one])) ?? "";
  return differenceOf(a[name], b[name], [...at, name]);
}

/** Several types of a schema are alternatives in OpenAPI 3.0, which has one type at a time. */
function withOneType(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withOneType);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.fromEntries(Object.entries(value).map(([name, one]) => [name, withOneType(one)]));
  const types = Array.isArray(members.type) ? (members.type as readonly unknown[]) : [];
  const named = types.filter((type) => type !== "null");
  if (named.length < 2) return members;
  const { type: _type, ...others } = members;
  const or = named.length < types.length ? (type: unknown) => [type, "null"] : (type: unknown) => type;
  return { ...others, anyOf: named.map((type) => ({ type: or(type) })) };
}

/** What an API does not say again when it is exported, and that imported. */
function roundTripDifference({ manifests }: ImportOutcome): string | undefined {
  const source = sourceOfEntities(API_ID, entitiesOf(manifests));
  if (!source) return undefined;
  const exported = exportOpenApi(source, { type: "oas30", extensions: ["apigateway"] });
  const again = importOpenApi(definitionText(exported, "json"), {
    apiId: API_ID,
    maxBytes: 4 * MAX_BYTES,
  });
  const there = sourceOfEntities(API_ID, entitiesOf(again.manifests));
  const said = (from: ExportSource) =>
    withOneType(
      saying({
        ...from,
        restApi: { version: from.version, ...from.restApi },
        models: from.models.filter(({ id }) => !BUILT_IN.includes(id)),
      }),
    );
  return there ? differenceOf(said(source), said(there)) : "there is no API";
}

/**
 * What it says of properties that are called $ref or $id, which it takes for references and identifiers, and of patterns that only Java
 * knows.
 */
const NOT_UNDERSTOOD = /^"(Can't resolve \[object Object\]|\$id : )|"format":"regex"/;

/** Schemas that others refer to. */
const SCHEMAS_ASIDE = /^x-(definitions|patternProperties|oneOf|anyOf|items)$/;

/** A definition without what is plain data: the validator follows references of examples and extensions too. */
function withoutData(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutData);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]) =>
      (name.startsWith("x-") && !SCHEMAS_ASIDE.test(name)) ||
      (name === "example" && typeof member === "object")
        ? []
        : [[name, withoutData(member)]],
    ),
  );
}

/** What openapi-schema-validator finds wrong with the exports of an API: in both dialects, with AWS's extensions and without. */
async function invalidExports({ manifests }: ImportOutcome): Promise<readonly string[]> {
  const source = sourceOfEntities(API_ID, entitiesOf(manifests));
  const wrong: string[] = [];
  if (!source) return wrong;
  for (const type of ["oas30", "swagger"] as const)
    for (const extensions of [[], ["apigateway" as const]]) {
      const definition = withoutData(exportOpenApi(source, { type, extensions })) as JsonObject;
      const { valid, errors } = await new Validator().validate(definition);
      const said = JSON.stringify(errors ?? "");
      if (!valid && !NOT_UNDERSTOOD.test(said))
        wrong.push(`its export as ${type} is not valid: ${said.slice(0, 500)}`);
    }
  return wrong;
}

/**
 * checkDefinition imports a definition and checks it by all rules: every operation is imported, or refused with its place for a valid
 * reason.
 */
export async function checkDefinition(text: string): Promise<Checked> {
  const { result: outcome, ms } = cpuMs(() => {
    const imported = importOpenApi(text, {
      apiId: API_ID,
      proxyBaseUrl: "http://127.0.0.1:1",
      maxBytes: MAX_BYTES,
    });
    checkRules(LINT_RULES, imported);
    return imported;
  });
  const { findings } = outcome;
  const root = (
    text.trimStart().startsWith("{") ? JSON.parse(text) : parse(text, { maxAliasCount: -1 })
  ) as Item;
  const operations = operationsOf(root);
  const errors = findings.filter(({ level }) => level === "error");
  const leftOut = operations.filter((operation) =>
    errors.some(
      ({ pointer: at, message }) =>
        operation.startsWith(`${at}/`) || (at === operation && message.includes("already exists")),
    ),
  );
  const imported = methodsOf(outcome);
  const difference = roundTripDifference(outcome);
  const lines = text.split("\n").length;
  const invalid = await invalidExports(outcome);
  const wrong = [
    ...invalid,
    ...(difference === undefined
      ? []
      : [`not the same when it is exported and imported again: ${difference}`]),
    ...(imported + leftOut.length === operations.length
      ? []
      : [`${operations.length} operations, ${imported} imported, ${leftOut.length} refused`]),
    ...errors
      .filter(({ message }) => !REFUSALS.some((refusal) => refusal.test(message)))
      .map(({ pointer: at, message }) => `not explained: ${at}: ${message}`),
    ...findings
      .filter(({ line }) => !(line >= 1 && line <= lines))
      .map(({ pointer: at, line }) => `line ${line} of ${at} is not in the file`),
  ];
  return { operations: operations.length, findings, wrong, ms };
}
