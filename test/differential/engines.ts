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
import { BODY } from "./generate.ts";

const PROGRAM = new URL("Oracle.java", import.meta.url).pathname;

/** What API Gateway's $input returns for a path that finds nothing is not part of Velocity. */
class PlainInput extends Input {
  override call(...args: Parameters<Input["call"]>): Value | undefined {
    const value = super.call(...args);
    return value instanceof Nothing ? null : value;
  }
}

function render(template: string, body: string): string {
  const none = () => ({ path: new Map(), querystring: new Map(), header: new Map() });
  const roots: Record<string, Value> = {
    input: new PlainInput(new JsonBody(body), none),
    util,
    stageVariables: new Map<Value, Value>([["color", "blue"]]),
  };
  return compileVelocity(template, PLAIN_VELOCITY)((name) => roots[name]);
}

function ours({ template, path, body = BODY }: Case): Answer {
  try {
    if (template !== undefined) return { out: render(template, body) };
    const found = compilePath(path as string)(new JsonBody(body).value ?? null);
    return found === undefined ? { error: "nothing is there" } : { out: jsonText(found, JSON_TEXT) };
  } catch (error) {
    return { error: String(error) };
  }
}

/** Compared is what became of a case in Java's engines and in ours. */
export interface Compared<C extends Case> {
  readonly given: C;
  readonly java: Answer;
  readonly ours: Answer;
  /** The same text, or both fail. */
  readonly isEqual: boolean;
  /** Why a difference is intended. */
  readonly reason: string | undefined;
}

/** compareWithJava runs cases in Apache Velocity 1.7 and Jayway JsonPath 2.9, and in ours. A case without a body has BODY. */
export async function compareWithJava<C extends Case>(cases: readonly C[]): Promise<readonly Compared<C>[]> {
  const answers = await askJava<C, Answer>(
    PROGRAM,
    cases.map((given) => ({ body: BODY, ...given })),
  );
  return cases.map((given, i) => {
    const java = answers[i] as Answer;
    const mine = ours(given);
    const bothFail = java.error !== undefined && mine.error !== undefined;
    const isEqual = bothFail || (java.error === undefined && java.out === mine.out);
    const reason = isEqual ? undefined : explained.find(({ fits }) => fits(given, java, mine))?.why;
    return { given, java, ours: mine, isEqual, reason };
  });
}
