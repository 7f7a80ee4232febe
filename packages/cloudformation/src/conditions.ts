import { isObject, type Json, type JsonObject } from "@tollgate/openapi";
import type { Findings, Place } from "./findings.ts";
import { shown } from "./shown.ts";

/** Conditions of a template, each evaluated when it is first used. */
export class Conditions {
  readonly #definitions: JsonObject;
  readonly #findings: Findings;
  readonly #evaluate: (value: Json, at: Place) => Json | undefined;
  readonly #decided = new Map<string, boolean>();
  readonly #deciding = new Set<string>();

  /** `evaluate` returns a value with its functions evaluated. */
  constructor(
    definitions: JsonObject,
    findings: Findings,
    evaluate: (value: Json, at: Place) => Json | undefined,
  ) {
    this.#definitions = definitions;
    this.#findings = findings;
    this.#evaluate = evaluate;
  }

  /** holds evaluates a condition by its name; `at` is where it is used. */
  holds(name: string, at: Place): boolean {
    const known = this.#decided.get(name);
    if (known !== undefined) return known;
    if (!Object.hasOwn(this.#definitions, name)) {
      const names = Object.keys(this.#definitions).join(", ") || "none";
      this.#findings.add("error", at, `the condition '${name}' does not exist; defined are ${names}`);
      return false;
    }
    if (this.#deciding.has(name)) {
      this.#findings.add("error", ["Conditions", name], "the condition depends on itself");
      return false;
    }
    this.#deciding.add(name);
    const value = this.#truth(this.#definitions[name] as Json, ["Conditions", name]);
    this.#deciding.delete(name);
    this.#decided.set(name, value);
    return value;
  }

  #list(argument: Json, at: Place, least: number, most: number): readonly boolean[] {
    const list = Array.isArray(argument) ? (argument as readonly Json[]) : [argument];
    if (list.length < least || list.length > most)
      this.#findings.add(
        "error",
        at,
        `requires ${least === most ? least : `${least} to ${most}`} conditions`,
      );
    return list.map((one, i) => this.#truth(one, [...at, shown(i)]));
  }

  #truth(value: Json, at: Place): boolean {
    if (value === true || value === "true") return true;
    if (value === false || value === "false") return false;
    const [entry, ...others] = isObject(value) ? Object.entries(value) : [];
    const [name, argument] = others.length === 0 && entry ? entry : [undefined, null];
    const inner = name === undefined ? at : [...at, name];
    if (name === "Condition") return this.holds(shown(argument), at);
    if (name === "Fn::And") return this.#list(argument, inner, 2, 10).every(Boolean);
    if (name === "Fn::Or") return this.#list(argument, inner, 2, 10).some(Boolean);
    if (name === "Fn::Not") return !this.#list(argument, inner, 1, 1)[0];
    if (name === "Fn::Equals") {
      const sides = this.#evaluate(argument, inner);
      if (Array.isArray(sides) && sides.length === 2)
        return JSON.stringify(asCompared(sides[0] as Json)) === JSON.stringify(asCompared(sides[1] as Json));
      this.#findings.add("error", inner, "requires a list of two values");
      return false;
    }
    this.#findings.add(
      "error",
      at,
      "a condition must be one of Fn::And, Fn::Or, Fn::Not, Fn::Equals and Condition",
    );
    return false;
  }
}

/** Numbers and booleans are compared as strings. */
const asCompared = (value: Json): Json =>
  typeof value === "number" || typeof value === "boolean" ? shown(value) : value;
