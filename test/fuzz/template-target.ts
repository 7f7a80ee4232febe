import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { parse } from "yaml";
import { planStack } from "@tollgate/cloudformation";
import { TEMPLATE_TAGS } from "@tollgate/cloudformation/tags";
import { DefinitionError } from "@tollgate/openapi";

const SAMPLES = new URL("../templates/samples/", import.meta.url);

type Holder = Record<string, unknown> | unknown[];

/** Every place of a template that holds something. */
function placesOf(value: unknown): [holder: Holder, key: string][] {
  if (typeof value !== "object" || value === null) return [];
  const holder = value as Holder;
  return Object.entries(holder).flatMap(([key, member]): [Holder, string][] => [
    [holder, key],
    ...placesOf(member),
  ]);
}

/** Values in unexpected places: functions, circular references, other types. */
const junk = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom<unknown>(
    null,
    [],
    {},
    "",
    -1,
    { Ref: "Api" },
    { Ref: "AWS::NoValue" },
    { "Fn::GetAtt": ["Api", "RootResourceId"] },
    { "Fn::GetAtt": "Api" },
    { "Fn::Sub": "${Api.Arn} ${!x} ${" },
    { "Fn::If": ["Public", {}, []] },
    { "Fn::Join": ["", { Ref: "Domain" }] },
    { "Fn::Select": ["x", []] },
    { "Fn::Nope": 1 },
    { __proto__: null, constructor: {} },
  ),
);

/** templateWithJunk is a template of which some places hold something else. */
export const templateWithJunk: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom(...readdirSync(SAMPLES).map((file) => readFileSync(new URL(file, SAMPLES), "utf8"))),
    fc.array(fc.tuple(fc.nat(), junk), { minLength: 1, maxLength: 6 }),
  )
  .map(([sample, changes]) => {
    const template = parse(sample, { customTags: TEMPLATE_TAGS }) as object;
    for (const [at, value] of changes) {
      const places = placesOf(template);
      const [holder, key] = places[at % places.length] ?? [template as Holder, "Resources"];
      (holder as Record<string, unknown>)[key] = structuredClone(value);
    }
    return JSON.stringify(template);
  });

/** planJunk plans a template; what is wrong with it is a finding, or a DefinitionError. */
export function planJunk(template: string): void {
  try {
    planStack(template, { name: "junk", accountId: "000000000000", region: "us-east-1", parameters: {} });
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error;
  }
}
