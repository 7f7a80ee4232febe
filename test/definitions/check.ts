import { checkRules, importOpenApi, LINT_RULES, type Finding, type ImportOutcome } from "@tollgate/openapi";
import { parse } from "yaml";
import { MAX_BYTES } from "./packages.ts";

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
  /^the path (segment '.*' may only hold|must not have an empty segment|must not end with)/,
  /^the path parameter '.*' occurs twice/,
  // Two paths that differ in the name of a parameter only, with the same method: nothing tells their calls apart.
  / is there already: another path of the definition is the same$/,
  // Files that are in parts.
  /^\$ref '.*' (leads nowhere|leads in a circle)/,
  // OpenAPI 3.1 with webhooks alone.
  /^there are no paths$/,
  // Integrations whose address was taken out before the definition was published.
  /expected string, received undefined|must be POST: Lambda is invoked by POST|must be arn:aws:apigateway/,
];

export interface Checked {
  readonly operations: number;
  readonly findings: readonly Finding[];
  /** What the import or its report has wrong. */
  readonly wrong: readonly string[];
  readonly ms: number;
}

type Item = Readonly<Record<string, unknown>>;

const pointer = (...path: readonly string[]) =>
  `/${path.map((part) => part.replaceAll("~", "~0").replaceAll("/", "~1")).join("/")}`;

/** A path item may stand elsewhere in the definition. */
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

/** checkDefinition imports a definition, and looks at it by all rules: every operation of it is there or is refused with its place, for a reason that stands. */
export function checkDefinition(text: string): Checked {
  const started = performance.now();
  const outcome = importOpenApi(text, {
    restApiId: "abcdefghij",
    proxyBaseUrl: "http://127.0.0.1:1",
    maxBytes: MAX_BYTES,
  });
  checkRules(LINT_RULES, outcome);
  const ms = performance.now() - started;
  const { findings } = outcome;
  const root = (
    text.trimStart().startsWith("{") ? JSON.parse(text) : parse(text, { maxAliasCount: -1 })
  ) as Item;
  const operations = operationsOf(root);
  const errors = findings.filter(({ level }) => level === "error");
  const leftOut = operations.filter((operation) =>
    errors.some(
      ({ pointer: at, message }) =>
        operation.startsWith(`${at}/`) || (at === operation && message.includes("is there already")),
    ),
  );
  const imported = methodsOf(outcome);
  const lines = text.split("\n").length;
  const wrong = [
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
