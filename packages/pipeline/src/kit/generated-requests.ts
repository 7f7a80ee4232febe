import type { TestedRequest } from "./call-of.ts";

/** randomOf gives the same numbers from 0 to 1 for the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Few values, so that many requests are nearly alike: lists and what looks like one, empty ones, quotes, separators of keys. */
const VALUES = ["a", "b", "a,b", "", '"', "/"];
const QUERY_VALUES = ["a", "b", "a,b", "", "%61", "a%2Cb", "a;b", "%FF", "%25FF"];
const CASINGS: readonly ((name: string) => string)[] = [
  (name) => name,
  (name) => name.toLowerCase(),
  (name) => name.toUpperCase(),
  (name) => name.replaceAll("-", "_"),
];

export interface RequestNames {
  readonly headers: readonly string[];
  readonly parameters: readonly string[];
  readonly path: string;
}

/** generatedRequests are requests that differ in which of some headers and query parameters they have, how often, and in which spelling. */
export function generatedRequests(
  seed: number,
  count: number,
  { headers: names, parameters, path }: RequestNames,
): readonly TestedRequest[] {
  const random = randomOf(seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const several = <T>(make: () => T): T[] => Array.from({ length: pick([0, 1, 1, 1, 2, 2, 3]) }, make);
  return Array.from({ length: count }, () => {
    const headers: Record<string, string[]> = {};
    for (const name of names)
      for (const [spelled, value] of several(() => [pick(CASINGS)(name), pick(VALUES)] as const))
        (headers[spelled] ??= []).push(value);
    const query = parameters.flatMap((name) =>
      several(
        () =>
          `${pick([name, name, `%${name.charCodeAt(0).toString(16)}${name.slice(1)}`])}=${pick(QUERY_VALUES)}`,
      ),
    );
    const text = query.length === 0 ? "" : `?${query.join(pick(["&", "&", ";"]))}`;
    return { path: `${path}${text}`, headers };
  });
}
