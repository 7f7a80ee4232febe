import { newChildId, type Entity, type SpecOf } from "@tollgate/config";
import { orphanedChunks } from "../config/cascade.ts";
import type { Plan } from "../config/transaction.ts";
import type { AccountState, StoredEntity } from "../mirror/mirror.ts";
import type { Frozen } from "./freeze.ts";

/** FreshChunks are chunks of new deployments by "{apiId}/{digest}": each API has its own, also where two are the same. */
export type FreshChunks = ReadonlyMap<string, string>;

/** FrozenDeployment is a deployment that is made, and the chunks that it is made of. */
export interface FrozenDeployment {
  readonly deployment: Entity<"Deployment">;
  readonly chunks: FreshChunks;
}

/** frozenDeployment makes the deployment of what was frozen of an API. */
export function frozenDeployment(
  { chunks, definitions, methodCount }: Frozen,
  restApi: SpecOf<"RestApi">,
  given: Pick<Entity, "apiId"> & Partial<Pick<Entity, "id" | "labels">> & { readonly description: string },
): FrozenDeployment {
  const { apiId, id = newChildId(), labels = {}, description } = given;
  const digests = (list: Frozen["chunks"]) => list.map(({ digest }) => digest);
  const spec = { description, createTimeUnixMs: Date.now(), methodCount, restApi };
  return {
    deployment: {
      ...{ kind: "Deployment", apiId, id, labels },
      spec: { ...spec, chunks: digests(chunks), definitions: digests(definitions) },
    },
    chunks: new Map([...chunks, ...definitions].map(({ digest, json }) => [`${apiId}/${digest}`, json])),
  };
}

/** chunkWrites are the chunks that a transaction brings, and those that nothing needs any more. */
export function chunkWrites(
  state: AccountState,
  deletes: readonly StoredEntity[],
  fresh: FreshChunks,
): Pick<Plan<unknown>, "otherPuts" | "otherDeletes"> {
  const keyOf = (name: string) => `chunks/${name}`;
  const kept = new Set([...fresh.keys()].map(keyOf));
  return {
    otherPuts: [...fresh].flatMap(([name, json]) =>
      state.chunks.has(name) ? [] : [{ key: keyOf(name), value: json }],
    ),
    otherDeletes: orphanedChunks(state, deletes).filter((key) => !kept.has(key)),
  };
}
