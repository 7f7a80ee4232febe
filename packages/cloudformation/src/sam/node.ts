import { member } from "../member.ts";
import { shown } from "../shown.ts";

/** Node is an object of a template while it is rewritten. */
export type Node = Record<string, unknown>;

export const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** nodeOf is a value as an object; what is none is an empty one. */
export const nodeOf = (value: unknown): Node => (isNode(value) ? value : {});

/** listOf is a value as a list: nothing is an empty one, one thing a list of it. */
export const listOf = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? (value as readonly unknown[]) : value === undefined || value === null ? [] : [value];

/** textOf is a value as a text, where it is one. */
export const textOf = (value: unknown): string | undefined =>
  typeof value === "string" || typeof value === "number" ? shown(value) : undefined;

/** memberOf is an object's member that is an object; it is made where it is not there. */
export function memberOf(node: Node, name: string): Node {
  const present = member(node, name);
  if (isNode(present)) return present;
  const made: Node = {};
  node[name] = made;
  return made;
}

/** present leaves out what is undefined. */
export const present = (node: Node): Node =>
  Object.fromEntries(Object.entries(node).filter(([, value]) => value !== undefined && value !== null));

/** isIntrinsic tells a function or a reference from other values. */
export const isIntrinsic = (value: unknown): boolean => {
  const names = isNode(value) ? Object.keys(value) : [];
  return (
    names.length === 1 &&
    (names[0] === "Ref" || names[0] === "Condition" || names[0]?.startsWith("Fn::") === true)
  );
};
