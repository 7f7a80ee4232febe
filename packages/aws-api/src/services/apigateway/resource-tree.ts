import { digestOf, type Entity } from "@tollgate/config";
import type { AccountView } from "../../port.ts";

/** ResourcePlace is a resource without its parent. */
export interface ResourcePlace {
  readonly id: string;
  readonly path: string;
  /** undefined: nothing is stored for this path, which is only the parent of others. */
  readonly entity: Entity<"Resource"> | undefined;
}

/** TreeNode is a resource as on AWS, where every path has a parent. */
export interface TreeNode extends ResourcePlace {
  /** undefined: the root. */
  readonly parentId: string | undefined;
}

/** The id of a path for which nothing is stored. It is always the same for a path. */
const idOfPath = (apiId: string, path: string): string =>
  BigInt(`0x${digestOf(`${apiId} ${path}`).slice(0, 16)}`)
    .toString(36)
    .padStart(10, "0")
    .slice(-10);

export const parentPath = (path: string): string => path.slice(0, path.lastIndexOf("/")) || "/";

/** treeOf returns every resource of an API by its id, including parents that were not configured. */
export function treeOf(account: AccountView, apiId: string): ReadonlyMap<string, TreeNode> {
  const byPath = new Map<string, Entity<"Resource"> | undefined>([["/", undefined]]);
  for (const { entity } of account.list("Resource", apiId)) {
    byPath.set(entity.spec.path, entity);
    for (let path = parentPath(entity.spec.path); !byPath.has(path); path = parentPath(path))
      byPath.set(path, undefined);
  }
  const implied = new Map<string, string>();
  const idOf = (path: string) => {
    const known = byPath.get(path)?.id ?? implied.get(path);
    if (known !== undefined) return known;
    const id = idOfPath(apiId, path);
    implied.set(path, id);
    return id;
  };
  return new Map(
    [...byPath].map(([path, entity]) => [
      idOf(path),
      { id: idOf(path), path, parentId: path === "/" ? undefined : idOf(parentPath(path)), entity },
    ]),
  );
}

/** rootIdOf returns the id of the resource "/" of an API. */
export const rootIdOf = (account: AccountView, apiId: string): string =>
  account.list("Resource", apiId).find(({ entity }) => entity.spec.path === "/")?.entity.id ??
  idOfPath(apiId, "/");
