import { inAnyCase } from "../engine/any-case.ts";
import type { Match } from "../engine/stage.ts";

interface Node<T> {
  readonly literals: Map<string, Node<T>>;
  variable: Node<T> | undefined;
  /** Values by method; ANY takes those that have none of their own. */
  readonly own: Map<string, T>;
  readonly greedy: Map<string, T>;
}

const newNode = <T>(): Node<T> => ({
  literals: new Map(),
  variable: undefined,
  own: new Map(),
  greedy: new Map(),
});

const take = <T>(byMethod: ReadonlyMap<string, T>, method: string): T | undefined =>
  byMethod.get(method) ?? byMethod.get("ANY");

const decoded = (segment: string): string => {
  if (!segment.includes("%")) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
};

/**
 * HttpRouteTable finds the route of a call as HTTP APIs do (AWS: routing API requests): a path that fits whole beats one that ends in a greedy
 * variable, which beats $default; text beats a variable, a route of the method one of ANY, a longer start of the path a shorter one. A slash at
 * the end counts. Values of variables are decoded.
 */
export class HttpRouteTable<T> {
  readonly #root = newNode<T>();
  #default: T | undefined = undefined;

  addDefault(value: T): void {
    this.#default = value;
  }

  add(method: string, path: string, value: T): void {
    let node = this.#root;
    for (const segment of path.slice(1).split("/")) {
      if (segment.endsWith("+}")) {
        node.greedy.set(method, value);
        return;
      }
      if (segment.startsWith("{")) node = node.variable ??= newNode<T>();
      else {
        const next = node.literals.get(segment) ?? newNode<T>();
        node.literals.set(segment, next);
        node = next;
      }
    }
    node.own.set(method, value);
  }

  match(path: string, method: string): Match<T> | undefined {
    const segments = path.slice(1).split("/");
    const values: string[] = [];
    const value =
      findWhole(this.#root, segments, 0, method, values) ??
      findGreedy(this.#root, segments, 0, method, values) ??
      this.#default;
    return value === undefined ? undefined : { value, parameterValues: values };
  }

  /** alike are all values that a path leads to where letter case does not count. */
  alike(path: string, method: string): readonly T[] {
    const segments = path.slice(1).split("/");
    const whole = findAlike(this.#root, segments, 0, (node) => take(node.own, method));
    if (whole.length > 0) return whole;
    const greedy = findAlike(this.#root, segments, 0, undefined, (node) => take(node.greedy, method));
    return greedy.length > 0 ? greedy : present(this.#default);
  }
}

function findWhole<T>(
  node: Node<T>,
  segments: readonly string[],
  at: number,
  method: string,
  values: string[],
): T | undefined {
  const segment = segments[at];
  if (segment === undefined) return take(node.own, method);
  const literal = node.literals.get(segment);
  const found = literal && findWhole(literal, segments, at + 1, method, values);
  if (found !== undefined || !node.variable || segment === "") return found;
  values.push(decoded(segment));
  const behind = findWhole(node.variable, segments, at + 1, method, values);
  if (behind === undefined) values.pop();
  return behind;
}

function findGreedy<T>(
  node: Node<T>,
  segments: readonly string[],
  at: number,
  method: string,
  values: string[],
): T | undefined {
  const segment = segments[at];
  if (segment === undefined) return undefined;
  const literal = node.literals.get(segment);
  const found = literal && findGreedy(literal, segments, at + 1, method, values);
  if (found !== undefined) return found;
  if (node.variable && segment !== "") {
    values.push(decoded(segment));
    const behind = findGreedy(node.variable, segments, at + 1, method, values);
    if (behind !== undefined) return behind;
    values.pop();
  }
  const rest = segments.slice(at).join("/");
  const greedy = rest === "" ? undefined : take(node.greedy, method);
  if (greedy !== undefined) values.push(decoded(rest));
  return greedy;
}

/** All that a path leads to where letter case does not count: of nodes at its end, or of those that take the rest of it. */
function findAlike<T>(
  node: Node<T>,
  segments: readonly string[],
  at: number,
  ofWhole: ((node: Node<T>) => T | undefined) | undefined,
  ofRest?: (node: Node<T>) => T | undefined,
): readonly T[] {
  const segment = segments[at];
  if (segment === undefined) return present(ofWhole?.(node));
  const found = inAnyCase(node.literals, segment).flatMap((next) =>
    findAlike(next, segments, at + 1, ofWhole, ofRest),
  );
  if (found.length > 0) return found;
  const behind =
    node.variable && segment !== "" ? findAlike(node.variable, segments, at + 1, ofWhole, ofRest) : NOTHING;
  if (behind.length > 0) return behind;
  const hasRest = segments.length > at + 1 || segment !== "";
  return present(hasRest ? ofRest?.(node) : undefined);
}

const NOTHING: readonly never[] = [];
const present = <T>(value: T | undefined): readonly T[] => (value === undefined ? NOTHING : [value]);
