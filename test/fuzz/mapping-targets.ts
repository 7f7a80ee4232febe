import fc from "fast-check";
import {
  compileRequestExpression,
  compileResponseExpression,
  compileTemplate,
  Input,
  InvalidJson,
  JsonBody,
  mockStatusCode,
  RenderError,
} from "@tollgate/mapping";
import { compilePath } from "@tollgate/mapping/engine";
import { ModelRegistry } from "@tollgate/pipeline";
import { paths, templates } from "../differential/generate.ts";
import { cpuMs } from "../kit/effort.ts";

/** A worker's event loop must not be blocked for longer, whatever a template or a body contains. */
const STALL_MAX_MS = 50;

/** unstalled runs one piece of work and fails if it keeps the event loop for too long. A second run shows whether it was a pause of the garbage collector. */
export function unstalled<T>(what: string, work: () => T): T {
  const first = cpuMs(work);
  if (first.ms <= STALL_MAX_MS) return first.result;
  const { result, ms } = cpuMs(work);
  if (ms > STALL_MAX_MS) throw new Error(`${what} blocked the event loop for ${Math.round(ms)} ms`);
  return result;
}

const polluting = fc.constantFrom(
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "hasOwnProperty",
  "a",
  "list",
  "store",
);
const body = fc
  .oneof(fc.jsonValue({ maxDepth: 6 }), fc.dictionary(polluting, fc.jsonValue()))
  .map((value) => JSON.stringify(value));
const anyBody = fc.oneof(
  body,
  fc.string(),
  fc.string({ unit: "binary" }),
  fc.constant("[".repeat(2000)),
  fc.constant(`{"a":${"9".repeat(400)}}`),
);

const PIECES = [
  "#foreach($i in [1..1000])",
  "#end",
  '#set($x = "$x$x")',
  "#macro(m $a)#m($a)#end#m($x)",
  "#define($d)$d#end$d",
  "$x.replaceAll('a', 'aaaaaaaa')",
  "$x.matches('(a+)+$')",
  "$x.split('')",
  "$input.path('$..*')",
  "$input.json('$..[?(@.a)]')",
  "$x.__proto__",
  "$util.parseJson($input.body)",
  "${",
  "#if(",
  "$x.repeat(100000)",
  "#set($l = [1..9999])",
  "$l.addAll($l)",
  "$m.put($m, $m)",
  "$l.add($l)",
  "#set($m = {})",
  "$context.requestOverride.header.put('a', $x)",
  "$x.format('%s')",
  "#[[",
  "#*",
  "\\",
  '"',
  "'",
];

/** Templates of the grammar, with hostile pieces put in at random places. */
const template = fc
  .tuple(
    fc.integer({ min: 1, max: 1_000_000 }),
    fc.array(fc.tuple(fc.nat(), fc.oneof(fc.constantFrom(...PIECES), fc.string())), { maxLength: 6 }),
  )
  .map(([seed, splices]) => {
    let text = templates(seed, 1)[0] ?? "";
    for (const [at, piece] of splices) {
      const place = text.length === 0 ? 0 : at % text.length;
      text = text.slice(0, place) + piece + text.slice(place);
    }
    return text;
  });

const path = fc.oneof(
  fc.integer({ min: 1, max: 1_000_000 }).map((seed) => paths(seed, 1)[0] ?? "$"),
  fc.string(),
  fc.constantFrom(
    "$..*",
    "$..*..*..*",
    "$[?(@.a =~ /(a+)+$/)]",
    "$..[?(@..a)]",
    "$.length()",
    "$['__proto__']",
    "$.constructor",
  ),
);

const parameters = () => ({ path: new Map(), querystring: new Map(), header: new Map() });

function renderOnce(text: string, given: string): void {
  const compiled = unstalled(`compiling ${text}`, () => compileTemplate(text));
  if (!compiled.ok) return;
  const input = () => new Input(new JsonBody(given), parameters);
  const nothing = () => new Map();
  try {
    unstalled(`rendering ${text} for ${given.slice(0, 100)}`, () =>
      compiled.value({ input, context: nothing, stageVariables: nothing, method: nothing }),
    );
  } catch (error) {
    if (!(error instanceof RenderError)) throw error;
  }
}

/** Targets of mapping: name and property. */
export const mappingTargets: readonly (readonly [name: string, property: () => unknown])[] = [
  ["templates of the language with hostile pieces", () => fc.property(template, anyBody, renderOnce)],
  [
    "JSONPaths",
    () =>
      fc.property(path, anyBody, (text, given) => {
        const { value } = new JsonBody(given);
        try {
          unstalled(`reading ${text}`, () => compilePath(text)(value ?? null));
        } catch (error) {
          if ((error as Error).constructor.name !== "JsonPathError") throw error;
        }
      }),
  ],
  [
    "bodies in expressions",
    () =>
      fc.property(fc.oneof(path, fc.string()), anyBody, (text, given) => {
        const values = {
          body: () => new JsonBody(given),
          pathParameter: () => undefined,
          queryParameter: () => [],
          header: () => [],
          contextVariable: () => undefined,
        };
        for (const compiled of [
          compileRequestExpression(`method.request.body.${text}`, {}),
          compileResponseExpression(`integration.response.body.${text}`, {}),
        ])
          try {
            if (compiled.ok) unstalled(`mapping ${text}`, () => compiled.value(values));
          } catch (error) {
            if (!(error instanceof InvalidJson)) throw error;
          }
        mockStatusCode(given);
      }),
  ],
  [
    "models and bodies",
    () =>
      fc.property(
        fc.dictionary(
          fc.constantFrom(
            "type",
            "required",
            "properties",
            "pattern",
            "$ref",
            "items",
            "enum",
            "oneOf",
            "__proto__",
          ),
          fc.jsonValue(),
        ),
        anyBody,
        (schema, given) => {
          const registry = new ModelRegistry(
            "fuzz",
            new Map([["Any", { contentType: "application/json", schema: JSON.stringify(schema) }]]),
          );
          const compiled = registry.compile("Any");
          if (compiled.ok) unstalled("validating", () => compiled.check(given));
        },
      ),
  ],
];
