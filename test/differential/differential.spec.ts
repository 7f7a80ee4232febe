import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  compilePath,
  compileVelocity,
  Input,
  JSON_TEXT,
  JsonBody,
  jsonText,
  Nothing,
  PLAIN_VELOCITY,
  util,
  type Value,
} from "@tollgate/mapping/engine";
import { askJava } from "../kit/java-oracle.ts";
import { type Answer, type Case, explained } from "./explained.ts";
import { BODY, paths, templates } from "./generate.ts";

const read = (name: string) => readFileSync(new URL(`cases/${name}`, import.meta.url), "utf8");
const SEED = Number(process.env.TOLLGATE_SEED ?? 1);

/** What API Gateway's $input returns for a path that finds nothing is not part of Velocity. */
class PlainInput extends Input {
  override call(...args: Parameters<Input["call"]>): Value | undefined {
    const value = super.call(...args);
    return value instanceof Nothing ? null : value;
  }
}

function renderOurs(template: string): string {
  const none = () => ({ path: new Map(), querystring: new Map(), header: new Map() });
  const roots: Record<string, Value> = {
    input: new PlainInput(new JsonBody(BODY), none),
    util,
    stageVariables: new Map<Value, Value>([["color", "blue"]]),
  };
  return compileVelocity(template, PLAIN_VELOCITY)((name) => roots[name]);
}

function ours({ template, path }: Case): Answer {
  try {
    if (template !== undefined) return { out: renderOurs(template) };
    const found = compilePath(path as string)(new JsonBody(BODY).value ?? null);
    return found === undefined ? { error: "nothing is there" } : { out: jsonText(found, JSON_TEXT) };
  } catch (error) {
    return { error: String(error) };
  }
}

interface Outcome {
  readonly equal: number;
  readonly explained: Readonly<Record<string, number>>;
  readonly unexplained: readonly { given: Case; java: Answer; ours: Answer }[];
}

async function compare(cases: readonly Case[]): Promise<Outcome> {
  const program = new URL("Oracle.java", import.meta.url).pathname;
  const answers = await askJava<Case & { body: string }, Answer>(
    program,
    cases.map((given) => ({ ...given, body: BODY })),
  );
  let equal = 0;
  const reasons: Record<string, number> = {};
  const unexplained: Outcome["unexplained"][number][] = [];
  for (const [i, given] of cases.entries()) {
    const java = answers[i] as Answer;
    const mine = ours(given);
    const bothFail = java.error !== undefined && mine.error !== undefined;
    const reason = explained.find(({ fits }) => fits(given, java, mine))?.why;
    if (bothFail || (java.error === undefined && java.out === mine.out)) equal++;
    else if (reason !== undefined) reasons[reason] = (reasons[reason] ?? 0) + 1;
    else unexplained.push({ given, java, ours: mine });
  }
  return { equal, explained: reasons, unexplained };
}

describe("against Apache Velocity 1.7 and Jayway JsonPath 2.9", () => {
  it("templates render the same bytes", { timeout: 120_000 }, async () => {
    const chosen = read("language.vtl.txt").trimEnd().split("\n---\n");
    const cases = [...chosen, ...templates(SEED, 2400)].map((template) => ({ template }));
    const outcome = await compare(cases);
    expect(outcome.unexplained).toEqual([]);
    expect(outcome.equal).toBeGreaterThan(cases.length * 0.97);
  });

  it("JSONPaths find the same values", { timeout: 120_000 }, async () => {
    const cases = [...read("paths.txt").trim().split("\n"), ...paths(SEED, 800)].map((path) => ({ path }));
    const outcome = await compare(cases);
    expect(outcome.unexplained).toEqual([]);
    expect(outcome.equal).toBeGreaterThan(cases.length * 0.97);
  });
});
