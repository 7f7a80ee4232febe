import { canonicalJson, digestOf, nameOf, type Entity } from "@tollgate/config";
import type { ChangeSet } from "../config/view.ts";
import type { AccountState, StoredEntity } from "../mirror/mirror.ts";
import type { DeploymentCompiler } from "./check-stage.ts";
import { freeze } from "./freeze.ts";

/** PlannedDeployment is a snapshot of an API as a change leaves it. */
export interface PlannedDeployment {
  readonly restApiId: string;
  readonly id: string;
  readonly description: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface FrozenDeployments {
  readonly deployments: readonly Entity<"Deployment">[];
  /** Chunks by digest, with the API that they are of. */
  readonly chunks: ReadonlyMap<string, { readonly restApiId: string; readonly json: string }>;
}

const asStored = (entity: Entity): StoredEntity => {
  const specJson = canonicalJson(entity.spec);
  return {
    entity,
    name: nameOf(entity),
    modRevision: 0,
    createdUnixMs: 0,
    updatedUnixMs: 0,
    digest: digestOf(specJson),
    specJson,
  };
};

/** What an API has after a change. */
function apiAfter(state: AccountState, { puts, deletes }: ChangeSet, restApiId: string): StoredEntity[] {
  const gone = new Set(deletes.map(({ name }) => name));
  const after = new Map(
    state.ofApi(restApiId).flatMap((stored) => (gone.has(stored.name) ? [] : [[stored.name, stored]])),
  );
  for (const entity of puts) if (entity.restApiId === restApiId) after.set(nameOf(entity), asStored(entity));
  return [...after.values()];
}

/** freezePlanned makes deployments of APIs as a change leaves them, in the same transaction. */
export function freezePlanned(
  compiler: DeploymentCompiler,
  accountId: string,
  state: AccountState,
  change: ChangeSet,
  planned: readonly PlannedDeployment[],
): FrozenDeployments {
  const deployments: Entity<"Deployment">[] = [];
  const frozenChunks = new Map<string, { restApiId: string; json: string }>();
  for (const { restApiId, id, description, labels } of planned) {
    const name = nameOf({ kind: "RestApi", restApiId: "", id: restApiId });
    const api = change.puts.find((entity) => nameOf(entity) === name) ?? state.entities.get(name)?.entity;
    const all = apiAfter(state, change, restApiId);
    const memory = compiler.freezeMemory(accountId, restApiId);
    const { chunks, definitions, methodCount } = freeze({ ofApi: () => all }, restApiId, memory);
    if (!api) continue; // a dangling reference is told elsewhere
    for (const { digest, json } of [...chunks, ...definitions]) frozenChunks.set(digest, { restApiId, json });
    deployments.push({
      kind: "Deployment",
      restApiId,
      id,
      labels,
      spec: {
        description,
        createTimeUnixMs: Date.now(),
        methodCount,
        restApi: (api as Entity<"RestApi">).spec,
        chunks: chunks.map(({ digest }) => digest),
        definitions: definitions.map(({ digest }) => digest),
      },
    });
  }
  return { deployments, chunks: frozenChunks };
}
