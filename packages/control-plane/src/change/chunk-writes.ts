import type { Entity } from "@tollgate/config";
import { deploymentKindOf, isAnyDeployment } from "../deployment/deployment-kinds.ts";
import type { AccountState } from "../mirror/mirror.ts";
import type { ExpandedChange } from "./expanded-change.ts";

/** ChunkWrites are keys of chunks, relative to the account. */
export interface ChunkWrites {
  readonly puts: readonly { readonly key: string; readonly value: string }[];
  readonly deletes: readonly string[];
}

const keyOf = (name: string): string => `chunks/${name}`;

/** Names of the chunks that a deployment needs. */
function namesOf(entity: Entity): readonly string[] {
  if (!isAnyDeployment(entity)) return [];
  return deploymentKindOf(entity)
    .digestsOf(entity.spec)
    .map((digest) => `${entity.apiId}/${digest}`);
}

/** Chunks that no deployment needs any more. An API's chunks are its own. */
function orphansOf(state: AccountState, { deletes, chunks }: ExpandedChange): ReadonlySet<string> {
  const orphans = new Set(deletes.flatMap(({ entity }) => namesOf(entity)));
  if (orphans.size === 0) return orphans;
  const gone = new Set(deletes.map(({ name }) => name));
  for (const apiId of new Set(deletes.map(({ entity }) => entity.apiId)))
    for (const { entity, name } of state.ofApi(apiId))
      if (!gone.has(name)) for (const needed of namesOf(entity)) orphans.delete(needed);
  for (const name of chunks.keys()) orphans.delete(name);
  return orphans;
}

/** chunkWrites are the chunks that a change brings, and those that it leaves without a deployment. */
export const chunkWrites = (state: AccountState, change: ExpandedChange): ChunkWrites => ({
  puts: [...change.chunks].flatMap(([name, value]) =>
    state.chunks.has(name) ? [] : [{ key: keyOf(name), value }],
  ),
  deletes: [...orphansOf(state, change)].map(keyOf),
});
