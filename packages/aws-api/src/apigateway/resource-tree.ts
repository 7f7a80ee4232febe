import { digestOf, type Entity } from "@tollgate/config";
import type { AccountView } from "../port.ts";

/** TreeNode is a resource as AWS sees it: every path has a parent. */
export interface TreeNode {
  readonly id: string;
  readonly path: string;
  /** undefined: the root. */
  readonly parentId: string | undefined;
  /** undefined: nothing is stored for this path, it only leads to others. */
  readonly entity: Entity<"Resource"> | undefined;
}

/** The id of a path that nothing is stored for: the same each time. */
const idOfPath = (restApiId: string, path: string): string =>
  BigInt(`0x${digestOf(`${restApiId} ${path}`).slice(0, 16)}`)
    .toString(36)
    .padStart(10, "0")
    .slice(-10);

export const parentPath = (path: string): string => path.slice(0, path.lastIndexOf("/")) || "/";

/** treeOf is every resource of an API by its id. Paths that were configured without their parents get those too. */
export function treeOf(account: AccountView, restApiId: string): ReadonlyMap<string, TreeNode> {
  const byPath = new Map<string, Entity<"Resource"> | undefined>([["/", undefined]]);
  for (const { entity } of account.list("Resource", restApiId)) {
    byPath.set(entity.spec.path, entity);
    for (let path = parentPath(entity.spec.path); !byPath.has(path); path = parentPath(path))
      byPath.set(path, undefined);
  }
  const idOf = (path: string) => byPath.get(path)?.id ?? idOfPath(restApiId, path);
  return new Map(
    [...byPath].map(([path, entity]) => [
      idOf(path),
      { id: idOf(path), path, parentId: path === "/" ? undefined : idOf(parentPath(path)), entity },
    ]),
  );
}

/** rootOf is the resource "/" of an API. */
export const rootOf = (account: AccountView, restApiId: string): TreeNode =>
  [...treeOf(account, restApiId).values()].find(({ path }) => path === "/") as TreeNode;
