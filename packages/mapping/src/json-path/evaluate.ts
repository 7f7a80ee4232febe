import { LRUCache } from "lru-cache";
import { MATCH_MAX_MS, MatchTimeout, withinMatchTime } from "@tollgate/patterns";
import { JavaList, type JavaMap, type Meter, type Value } from "../java/value.ts";
import { accepts } from "./filter.ts";
import { functions } from "./functions.ts";
import { parsePath } from "./parse.ts";
import { isDefinite, JsonPathError, type Operand, type RelativePath, type Token } from "./syntax.ts";

/** The most values that a path may visit in one document. */
const VISITS_MAX = 1_000_000;

/** Visited values are charged in batches of this size. */
const VISITS_A_CHARGE = 1024;

/** Visits counts the values that the evaluations of one path have visited. */
interface Visits {
  count: number;
  readonly meter: Meter | undefined;
}

/** Missing is thrown if a definite part of a path matches nothing. */
class Missing extends Error {}
const missing = new Missing("the path does not match anything");

class Evaluation {
  readonly #root: Value;
  readonly #visits: Visits;

  constructor(root: Value, visits: Visits) {
    this.#root = root;
    this.#visits = visits;
  }

  /** read evaluates a path from a value; undefined: it matches nothing. */
  read(tokens: readonly Token[], from: Value): Value | undefined {
    const last = tokens.at(-1);
    // After a scan, a function receives everything that was found; otherwise each place separately.
    if (last?.kind === "function" && tokens.some((token) => token.kind === "scan")) {
      const found = this.read(tokens.slice(0, -1), from);
      return found === undefined ? undefined : this.#call(last, found, from);
    }
    const results: Value[] = [];
    try {
      this.#walk(tokens, 0, from, true, results);
    } catch (error) {
      if (error !== missing) throw error;
      return undefined;
    }
    return isDefinite(tokens) ? results.at(-1) : new JavaList(results, true);
  }

  #call({ name, args }: Extract<Token, { kind: "function" }>, value: Value, from: Value): Value {
    return (
      functions[name]?.(
        value,
        args.flatMap((arg) => this.#argument(arg, from)),
      ) ?? null
    );
  }

  #argument(operand: Operand, from: Value): readonly Value[] {
    if (operand.kind === "value") return [operand.value];
    const value = operand.kind === "path" ? this.#relative(operand.path, from) : undefined;
    if (value === undefined) return [];
    return value instanceof JavaList ? value.items : [value];
  }

  #relative(path: RelativePath, from: Value): Value | undefined {
    return new Evaluation(this.#root, this.#visits).read(path.tokens, path.fromRoot ? this.#root : from);
  }

  #visit(): void {
    const visits = this.#visits;
    if (++visits.count % VISITS_A_CHARGE === 0) visits.meter?.spend(VISITS_A_CHARGE / 4);
    if (visits.count > VISITS_MAX) throw new JsonPathError(`the path visited more than ${VISITS_MAX} values`);
  }

  /** `certain`: every step so far led to one place, so that a missing member fails the whole path. */
  #walk(tokens: readonly Token[], at: number, value: Value, certain: boolean, results: Value[]): void {
    this.#visit();
    const token = tokens[at];
    if (!token) {
      results.push(value);
      return;
    }
    const next = (found: Value, sure: boolean) => this.#walk(tokens, at + 1, found, sure, results);
    switch (token.kind) {
      case "property":
        return this.#property(token.names, value, certain, at === tokens.length - 1, next);
      case "index":
      case "slice":
        if (!(value instanceof JavaList)) return this.#miss(certain);
        return this.#elements(token, value, certain, next);
      case "wildcard":
        for (const item of childrenOf(value)) next(item, false);
        return;
      case "filter":
        if (value instanceof Map) {
          if (this.#accepts(token, value)) next(value, certain);
        } else if (value instanceof JavaList) {
          for (const item of value.items) if (this.#accepts(token, item)) next(item, false);
        } else this.#miss(certain);
        return;
      case "scan":
        return this.#scan(tokens, at + 1, value, results);
      case "function":
        results.push(this.#call(token, value, value));
    }
  }

  #accepts(token: Extract<Token, { kind: "filter" }>, item: Value): boolean {
    this.#visit();
    return accepts(token.filter, (path) => this.#relative(path, item));
  }

  #miss(certain: boolean): void {
    if (certain) throw missing;
  }

  #property(
    names: readonly string[],
    value: Value,
    certain: boolean,
    leaf: boolean,
    next: (found: Value, sure: boolean) => void,
  ): void {
    if (!(value instanceof Map)) return this.#miss(certain);
    const [only] = names;
    if (names.length === 1) {
      const found = value.get(only as string);
      if (found !== undefined) next(found, certain);
      else if (!leaf) this.#miss(certain);
      return;
    }
    if (!leaf) {
      for (const name of names) if (value.has(name)) next(value.get(name) as Value, false);
      return;
    }
    const merged: JavaMap = new Map();
    for (const name of names) if (value.has(name)) merged.set(name, value.get(name) as Value);
    next(merged, certain);
  }

  #elements(
    token: Extract<Token, { kind: "index" | "slice" }>,
    { items }: JavaList,
    certain: boolean,
    next: (found: Value, sure: boolean) => void,
  ): void {
    if (token.kind === "slice") {
      for (const item of sliced(items, token)) next(item, false);
      return;
    }
    const sure = certain && token.indexes.length === 1;
    for (const index of token.indexes) {
      const item = items.at(index);
      if (item !== undefined) next(item, sure);
    }
  }

  /** scan applies the next token to a value and to everything below it, in Jayway's order. */
  #scan(tokens: readonly Token[], at: number, value: Value, results: Value[]): void {
    this.#visit();
    const token = tokens[at];
    if (!token || (!(value instanceof Map) && !(value instanceof JavaList))) return;
    if (this.#fits(token, value)) {
      this.#walk(tokens, at, value, false, results);
    }
    for (const item of childrenOf(value)) this.#scan(tokens, at, item, results);
  }

  #fits(token: Token, value: JavaMap | JavaList): boolean {
    switch (token.kind) {
      case "property":
        return value instanceof Map && token.names.every((name) => value.has(name));
      case "index":
      case "slice":
        return value instanceof JavaList;
      case "filter":
        return this.#accepts(token, value);
      default:
        return token.kind === "wildcard";
    }
  }
}

/** The elements of a slice. With both bounds, they are counted from one to the other, also from the end over the start, as Jayway does. */
function sliced(items: readonly Value[], { from, to }: Extract<Token, { kind: "slice" }>): readonly Value[] {
  if (from === undefined || to === undefined) return items.slice(from ?? 0, to ?? items.length);
  const end = Math.min(to, items.length);
  const found: Value[] = [];
  for (let i = Math.max(from, -items.length); i < end; i++) found.push(items.at(i) as Value);
  return found;
}

const childrenOf = (value: Value): Iterable<Value> =>
  value instanceof Map ? value.values() : value instanceof JavaList ? value.items : [];

/** JsonPath reads one place, or a list of places, of a document; undefined: it matches nothing. */
export type JsonPath = (root: Value, meter?: Meter) => Value | undefined;

/** A path of plain names and single indexes needs no results list. */
function plainPath(tokens: readonly Token[]): JsonPath | undefined {
  const steps: (string | number)[] = [];
  for (const token of tokens) {
    if (token.kind === "property" && token.names.length === 1) steps.push(token.names[0] as string);
    else if (token.kind === "index" && token.indexes.length === 1) steps.push(token.indexes[0] as number);
    else return undefined;
  }
  return (root) => {
    let value: Value | undefined = root;
    for (const step of steps) {
      if (typeof step === "string") value = value instanceof Map ? value.get(step) : undefined;
      else value = value instanceof JavaList ? value.items.at(step) : undefined;
      if (value === undefined) return undefined;
    }
    return value;
  };
}

/** The patterns of all filters have their time together, on however many values they are tried. */
const inTime =
  (read: JsonPath): JsonPath =>
  (root, meter) => {
    try {
      return withinMatchTime(MATCH_MAX_MS, () => read(root, meter));
    } catch (error) {
      throw error instanceof MatchTimeout ? new JsonPathError(error.message, { cause: error }) : error;
    }
  };

function compile(path: string): JsonPath {
  const tokens = parsePath(path);
  const plain = plainPath(tokens);
  if (plain) return plain;
  const read: JsonPath = (root, meter) => new Evaluation(root, { count: 0, meter }).read(tokens, root);
  return path.includes("=~") ? inTime(read) : read;
}

const REMEMBERED_MAX = 2000;
const remembered = new LRUCache<string, JsonPath | JsonPathError>({ max: REMEMBERED_MAX });

/** compilePath compiles a path, once. Throws JsonPathError. */
export function compilePath(path: string): JsonPath {
  let known = remembered.get(path);
  if (known === undefined) {
    try {
      known = compile(path);
    } catch (error) {
      if (!(error instanceof JsonPathError)) throw error;
      known = error;
    }
    remembered.set(path, known);
  }
  if (known instanceof JsonPathError) throw known;
  return known;
}
