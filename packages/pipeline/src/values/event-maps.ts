import type { Call } from "../call/call.ts";

/** Pairs are names and values in the order in which they came. */
export type Pairs = Iterable<readonly [name: string, value: string]>;

type Strings = Record<string, string>;

/**
 * NameMap has no members but its own: a header named __proto__ is a name like any other. Unlike an object without a prototype, it is not a hash table,
 * which is slow to write as JSON.
 */
class NameMap {
  static {
    Object.setPrototypeOf(NameMap.prototype, null);
    Reflect.deleteProperty(NameMap.prototype, "constructor");
  }
}

const newMap = <T>() => new NameMap() as Record<string, T>;

/** joinedMap is a map of joined values; undefined: there are none. */
export function joinedMap(pairs: Pairs): Strings | undefined {
  let map: Strings | undefined;
  for (const [name, value] of pairs) {
    map ??= newMap();
    map[name] = name in map ? `${map[name]},${value}` : value;
  }
  return map;
}

/** lastAndAll are two maps: the last value of each name, and all of them. null: there are none. */
export function lastAndAll(pairs: Pairs): { last: Strings | null; all: Record<string, string[]> | null } {
  let last: Strings | null = null;
  let all: Record<string, string[]> | null = null;
  for (const [name, value] of pairs) {
    last ??= newMap();
    all ??= newMap();
    last[name] = value;
    (all[name] ??= []).push(value);
  }
  return { last, all };
}

/** parameterPairs are a call's path parameters. */
export const parameterPairs = ({ route, parameterValues }: Call): [string, string][] =>
  (route?.parameterNames ?? []).map((name, i) => [name, parameterValues[i] ?? ""]);

/** stageVariablesOf is a stage's variables as events show them; undefined: there are none. */
export const stageVariablesOf = (variables: Readonly<Strings>): Readonly<Strings> | undefined =>
  Object.keys(variables).length > 0 ? variables : undefined;
