import { inAnyCase } from "../engine/any-case.ts";
import type { Match } from "../engine/stage.ts";

/** Leaf holds what is registered at one path template. */
interface Leaf<T> {
  readonly byMethod: Map<string, T>;
  any: T | undefined;
}

interface TrieNode<T> {
  readonly literals: Map<string, TrieNode<T>>;
  parameter: TrieNode<T> | undefined;
  greedy: Leaf<T> | undefined;
  leaf: Leaf<T> | undefined;
}

const newNode = <T>(): TrieNode<T> => ({
  literals: new Map(),
  parameter: undefined,
  greedy: undefined,
  leaf: undefined,
});
const newLeaf = <T>(): Leaf<T> => ({ byMethod: new Map(), any: undefined });

/** ANY means these seven (AWS: API Gateway, "ANY"). */
const ANY_METHODS = new Set(["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]);

/** Entry is a value to be registered at a path template and method. */
export interface TrieEntry<T> {
  readonly template: string;
  readonly method: string;
  readonly value: T;
}

const copyNode = <T>(node: TrieNode<T>): TrieNode<T> => ({ ...node, literals: new Map(node.literals) });
const copyLeaf = <T>(leaf: Leaf<T>): Leaf<T> => ({ byMethod: new Map(leaf.byMethod), any: leaf.any });
const isEmptyLeaf = <T>(leaf: Leaf<T>): boolean => leaf.byMethod.size === 0 && leaf.any === undefined;
const isEmptyNode = <T>(node: TrieNode<T>): boolean =>
  node.literals.size === 0 && !node.parameter && !node.greedy && !node.leaf;
const segmentsOf = (template: string): readonly string[] =>
  template === "/" ? [] : template.slice(1).split("/");

/** Draft is the set of nodes that an unfinished trie owns and may change; all others belong to the trie it was made from. */
class Draft<T> {
  readonly #owned = new Set<TrieNode<T> | Leaf<T>>();

  node(node: TrieNode<T> | undefined): TrieNode<T> {
    if (node && this.#owned.has(node)) return node;
    const mine = node ? copyNode(node) : newNode<T>();
    this.#owned.add(mine);
    return mine;
  }

  leaf(leaf: Leaf<T> | undefined): Leaf<T> {
    if (leaf && this.#owned.has(leaf)) return leaf;
    const mine = leaf ? copyLeaf(leaf) : newLeaf<T>();
    this.#owned.add(mine);
    return mine;
  }
}

/**
 * PathTrie finds the value of a (path, method) pair as AWS does: a literal segment beats {parameter}, which beats {parameter+}; where the
 * most specific path lacks the method the search goes on to less specific ones. Nothing is decoded. It is immutable: `with` makes the next
 * one, which shares every branch that did not change.
 */
export class PathTrie<T> {
  readonly #root: TrieNode<T>;

  constructor(root: TrieNode<T> = newNode<T>()) {
    this.#root = root;
  }

  /** with is this trie without some entries and with others. An entry is removed only if it holds the very value given. */
  with(removed: readonly TrieEntry<T>[], added: readonly TrieEntry<T>[]): PathTrie<T> {
    const draft = new Draft<T>();
    const root = draft.node(this.#root);
    for (const { template, method, value } of added)
      change(draft, root, segmentsOf(template), 0, (leaf) => put(leaf, method, value));
    for (const { template, method, value } of removed)
      change(draft, root, segmentsOf(template), 0, (leaf) => drop(leaf, method, value));
    return new PathTrie(root);
  }

  /** `path` is raw and begins with "/"; slashes before the first segment and one at the end do not count. */
  match(path: string, method: string): Match<T> | undefined {
    let start = 1;
    while (path.charCodeAt(start) === SLASH) start++;
    let end = path.length;
    if (end > start && path.charCodeAt(end - 1) === SLASH) end--;
    const values: string[] = [];
    const value = find(this.#root, path, start, end, method, values);
    return value === undefined ? undefined : { value, parameterValues: values };
  }

  /** alike are all values that a path leads to where letter case does not count. */
  alike(path: string, method: string): readonly T[] {
    const inner = path.replace(/^\/+|\/$/g, "");
    return findAlike(this.#root, inner === "" ? [] : inner.split("/"), 0, method);
  }
}

const SLASH = 47;

function put<T>(leaf: Leaf<T>, method: string, value: T): void {
  if (method === "ANY") leaf.any = value;
  else leaf.byMethod.set(method, value);
}

function drop<T>(leaf: Leaf<T>, method: string, value: T): void {
  if (method === "ANY") leaf.any = leaf.any === value ? undefined : leaf.any;
  else if (leaf.byMethod.get(method) === value) leaf.byMethod.delete(method);
}

/** change edits the leaf of a template below an owned node, copies the way there, and leaves no empty branch behind. */
function change<T>(
  draft: Draft<T>,
  node: TrieNode<T>,
  segments: readonly string[],
  at: number,
  edit: (leaf: Leaf<T>) => void,
): void {
  const segment = segments[at];
  if (segment === undefined) {
    node.leaf = draft.leaf(node.leaf);
    edit(node.leaf);
    if (isEmptyLeaf(node.leaf)) node.leaf = undefined;
  } else if (segment.endsWith("+}")) {
    node.greedy = draft.leaf(node.greedy);
    edit(node.greedy);
    if (isEmptyLeaf(node.greedy)) node.greedy = undefined;
  } else if (segment.startsWith("{")) {
    node.parameter = draft.node(node.parameter);
    change(draft, node.parameter, segments, at + 1, edit);
    if (isEmptyNode(node.parameter)) node.parameter = undefined;
  } else {
    const next = draft.node(node.literals.get(segment));
    node.literals.set(segment, next);
    change(draft, next, segments, at + 1, edit);
    if (isEmptyNode(next)) node.literals.delete(segment);
  }
}

function take<T>(leaf: Leaf<T> | undefined, method: string): T | undefined {
  if (!leaf) return undefined;
  return leaf.byMethod.get(method) ?? (ANY_METHODS.has(method) ? leaf.any : undefined);
}

function find<T>(
  node: TrieNode<T>,
  path: string,
  start: number,
  end: number,
  method: string,
  values: string[],
): T | undefined {
  if (start >= end) return take(node.leaf, method);
  let cut = path.indexOf("/", start);
  if (cut < 0 || cut > end) cut = end;
  const segment = path.slice(start, cut);
  const literal = node.literals.get(segment);
  if (literal) {
    const found = find(literal, path, cut + 1, end, method, values);
    if (found !== undefined) return found;
  }
  if (node.parameter && segment !== "") {
    values.push(segment);
    const found = find(node.parameter, path, cut + 1, end, method, values);
    if (found !== undefined) return found;
    values.pop();
  }
  const greedy = take(node.greedy, method);
  if (greedy !== undefined) values.push(path.slice(start, end));
  return greedy;
}

function findAlike<T>(
  node: TrieNode<T>,
  segments: readonly string[],
  at: number,
  method: string,
): readonly T[] {
  const segment = segments[at];
  if (segment === undefined) return present(take(node.leaf, method));
  const found = inAnyCase(node.literals, segment).flatMap((next) =>
    findAlike(next, segments, at + 1, method),
  );
  if (found.length > 0) return found;
  const behind =
    node.parameter && segment !== "" ? findAlike(node.parameter, segments, at + 1, method) : NOTHING;
  return behind.length > 0 ? behind : present(take(node.greedy, method));
}

const NOTHING: readonly never[] = [];
const present = <T>(value: T | undefined): readonly T[] => (value === undefined ? NOTHING : [value]);
