import { member } from "../member.ts";
import { shown } from "../shown.ts";

/** Node is an object of a template while it is rewritten. */
export type Node = Record<string, unknown>;

export const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** nodeOf is a value as an object; other values become an empty one. */
export const nodeOf = (value: unknown): Node => (isNode(value) ? value : {});

/** listOf is a value as a list: undefined becomes an empty list, a single value a list of it. */
export const listOf = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? (value as readonly unknown[]) : value === undefined || value === null ? [] : [value];

/** textOf is a value as a string, if it is a string or number. */
export const textOf = (value: unknown): string | undefined =>
  typeof value === "string" || typeof value === "number" ? shown(value) : undefined;

/** memberOf is an object's member that is an object; it is created if it does not exist. */
export function memberOf(node: Node, name: string): Node {
  const present = member(node, name);
  if (isNode(present)) return present;
  const made: Node = {};
  node[name] = made;
  return made;
}

/** present removes undefined members. */
export const present = (node: Node): Node =>
  Object.fromEntries(Object.entries(node).filter(([, value]) => value !== undefined && value !== null));

/** isIntrinsic reports whether a value is a function or a reference. */
export const isIntrinsic = (value: unknown): boolean => {
  const names = isNode(value) ? Object.keys(value) : [];
  return (
    names.length === 1 &&
    (names[0] === "Ref" || names[0] === "Condition" || names[0]?.startsWith("Fn::") === true)
  );
};
