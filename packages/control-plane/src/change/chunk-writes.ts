import type { Entity } from "@tollgate/config";
import { deploymentKindOf, isAnyDeployment } from "../deployment/deployment-kinds.ts";
import type { AccountState } from "../mirror/mirror.ts";
import type { ExpandedChange } from "./expanded-change.ts";

/** ChunkWrites contains keys of chunks, relative to the account. */
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

/** Chunks that no deployment needs any more. APIs do not share chunks. */
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

/** chunkWrites returns the chunks that a change adds, and those that no deployment needs after it. */
export const chunkWrites = (state: AccountState, change: ExpandedChange): ChunkWrites => ({
  puts: [...change.chunks].flatMap(([name, value]) =>
    state.chunks.has(name) ? [] : [{ key: keyOf(name), value }],
  ),
  deletes: [...orphansOf(state, change)].map(keyOf),
});
