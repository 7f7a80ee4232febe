import velocityjs from "velocityjs";
import { API_GATEWAY, compileVelocity, Input, JsonBody, util, type Value } from "@tollgate/mapping/engine";
import { ModelRegistry } from "@tollgate/pipeline";
import { median, round } from "./cpu.ts";
import type { LoadReport } from "./report.ts";
import { BODY, templates } from "./velocity-templates.ts";

const TURNS = 7;

const PET = (i: number) => ({ id: i, name: `pet number ${i}`, kind: i % 2 ? "dog" : "cat", price: 10.5 + i });
/** Microseconds that one run of `work` takes, the median of some turns. */
function microseconds(work: () => void): number {
  const turns: number[] = [];
  for (let turn = 0; turn <= TURNS; turn++) {
    const started = performance.now();
    let runs = 0;
    while (performance.now() - started < 150) {
      for (let i = 0; i < 20; i++) work();
      runs += 20;
    }
    if (turn > 0) turns.push(((performance.now() - started) * 1000) / runs);
  }
  return median(turns);
}

const parameters = {
  path: new Map([["id", "7"]]),
  querystring: new Map([["q", "a b"]]),
  header: new Map([
    ["Host", "x"],
    ["Accept", "*/*"],
    ["User-Agent", "load"],
  ]),
};

/** What the velocityjs package is given: the same objects in its own terms. */
function theirContext() {
  const params = {
    path: Object.fromEntries(parameters.path),
    querystring: Object.fromEntries(parameters.querystring),
    header: Object.fromEntries(parameters.header),
  };
  const at = (path: string) =>
    path
      .split(".")
      .slice(1)
      .reduce<unknown>((value, name) => (value as Record<string, unknown>)[name], BODY);
  return {
    input: {
      path: at,
      params: (name?: string) => (name === undefined ? params : (parameters.path.get(name) ?? "")),
    },
    util: {
      urlEncode: encodeURIComponent,
      base64Encode: (text: string) => Buffer.from(text).toString("base64"),
    },
    stageVariables: { x: "y" },
  };
}

/**
 * Renders templates with both engines; both are given a body that is parsed already. velocityjs is measured as it is used (render, which
 * parses each time) and with its trees parsed before.
 */
function againstVelocityjs() {
  const body = new JsonBody(JSON.stringify(BODY));
  void body.value;
  const input = new Input(body, () => parameters);
  const stageVariables = new Map<Value, Value>([["x", "y"]]);
  const roots = (name: string) =>
    name === "input"
      ? input
      : name === "util"
        ? util
        : name === "stageVariables"
          ? stageVariables
          : undefined;
  const { Compile, parse } = velocityjs as unknown as {
    Compile: new (tree: unknown) => { render(context: object): string };
    parse(text: string): unknown;
  };
  const ours: number[] = [];
  const theirs: number[] = [];
  const parsing: number[] = [];
  for (const template of templates) {
    const mine = compileVelocity(template, API_GATEWAY);
    const other = new Compile(parse(template));
    const context = theirContext();
    const [a, b] = [mine(roots), other.render(context)];
    if (a.replaceAll("+", " ") !== b.replaceAll("%20", " ").replaceAll("%40", "%40"))
      throw new Error(`the engines differ on ${template}:\n${a}\n${b}`);
    ours.push(microseconds(() => void mine(roots)));
    theirs.push(microseconds(() => void other.render(context)));
    parsing.push(microseconds(() => void velocityjs.render(template, context)));
  }
  const over = (values: readonly number[]) => values.map((value, i) => value / (ours[i] as number));
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  return {
    oursUs: round(sum(ours) / ours.length),
    renderUs: round(sum(parsing) / parsing.length),
    parsedUs: round(sum(theirs) / theirs.length),
    render: round(sum(parsing) / sum(ours), 1),
    renderSmallest: round(Math.min(...over(parsing)), 1),
    parsed: round(sum(theirs) / sum(ours), 1),
  };
}

/** Checks a body of 2 KB against a model as the gateway does, with the parsing of its JSON. */
function validationUs(): number {
  const schema = {
    type: "object",
    required: ["owner", "pets"],
    properties: {
      owner: { type: "string", minLength: 1 },
      pets: {
        type: "array",
        items: {
          type: "object",
          required: ["id", "name"],
          properties: {
            id: { type: "integer" },
            name: { type: "string", maxLength: 50 },
            kind: { enum: ["cat", "dog"] },
            price: { type: "number", minimum: 0 },
          },
        },
      },
    },
  };
  const registry = new ModelRegistry(
    "load",
    new Map([["Owner", { contentType: "application/json", schema: JSON.stringify(schema) }]]),
  );
  const compiled = registry.compile("Owner");
  if (!compiled.ok) throw new Error(compiled.fact.message);
  const body = JSON.stringify({ owner: "Ada", pets: Array.from({ length: 38 }, (_, i) => PET(i)) });
  if (body.length < 2048 || compiled.check(body) !== undefined)
    throw new Error("the body must be valid and have 2 KB");
  return round(
    microseconds(() => void compiled.check(body)),
    1,
  );
}

/** mapping measures the engine of templates, and request validation. */
export async function mapping(): Promise<LoadReport> {
  const velocity = againstVelocityjs();
  return {
    figures: {
      template_us: velocity.oursUs,
      velocityjs_render_us: velocity.renderUs,
      velocityjs_parsed_us: velocity.parsedUs,
      validation_2kb_us: validationUs(),
    },
    ratios: {
      velocityjs_render_vs_ours: velocity.render,
      velocityjs_render_vs_ours_smallest: velocity.renderSmallest,
      velocityjs_parsed_vs_ours: velocity.parsed,
    },
  };
}
