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

/** Match is a found value and the raw values of its path parameters in their order. */
export interface Match<T> {
  readonly value: T;
  readonly parameterValues: readonly string[];
}

/** ANY stands for these seven (AWS: API Gateway, "ANY"). */
const ANY_METHODS = new Set(["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]);

/**
 * PathTrie finds the value of a (path, method) pair as AWS does: a literal segment beats {parameter}, which beats {parameter+}; where the
 * most specific path lacks the method the search goes on to less specific ones. Nothing is decoded. Build it once, then only match.
 */
export class PathTrie<T> {
  readonly #root = newNode<T>();

  add(template: string, method: string, value: T): void {
    let node = this.#root;
    const segments = template === "/" ? [] : template.slice(1).split("/");
    for (const segment of segments) {
      if (segment.endsWith("+}")) {
        node.greedy ??= newLeaf();
        this.#put(node.greedy, method, value);
        return;
      }
      if (segment.startsWith("{")) {
        node.parameter ??= newNode();
        node = node.parameter;
      } else {
        let next = node.literals.get(segment);
        if (!next) node.literals.set(segment, (next = newNode()));
        node = next;
      }
    }
    node.leaf ??= newLeaf();
    this.#put(node.leaf, method, value);
  }

  #put(leaf: Leaf<T>, method: string, value: T): void {
    if (method === "ANY") leaf.any = value;
    else leaf.byMethod.set(method, value);
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
}

const SLASH = 47;

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
