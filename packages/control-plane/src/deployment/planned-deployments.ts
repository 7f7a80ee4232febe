import { canonicalJson, digestOf, isKindOf, nameOf, type Entity } from "@tollgate/config";
import type { ChangeSet } from "../config/view.ts";
import type { AccountState, StoredEntity } from "../mirror/mirror.ts";
import type { DeploymentCompiler } from "./check-stage.ts";
import { freeze } from "./freeze.ts";
import { apiDeployment } from "./http-api-deployment.ts";
import type { AnyDeployment } from "./wire.ts";
import { frozenDeployment, type FreshChunks } from "./frozen-deployment.ts";

/** PlannedDeployment is a snapshot of an API as a change leaves it. */
export interface PlannedDeployment {
  readonly kind: "Deployment" | "ApiDeployment";
  readonly apiId: string;
  readonly id: string;
  readonly description: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface FrozenDeployments {
  readonly deployments: readonly AnyDeployment[];
  readonly chunks: FreshChunks;
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
function apiAfter(state: AccountState, { puts, deletes }: ChangeSet, apiId: string): StoredEntity[] {
  const gone = new Set(deletes.map(({ name }) => name));
  const after = new Map(
    state.ofApi(apiId).flatMap((stored) => (gone.has(stored.name) ? [] : [[stored.name, stored]])),
  );
  for (const entity of puts) if (entity.apiId === apiId) after.set(nameOf(entity), asStored(entity));
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
  const frozen = planned.flatMap((one): { deployment: AnyDeployment; chunks: FreshChunks }[] => {
    const { apiId } = one;
    const kind = one.kind === "Deployment" ? "RestApi" : "Api";
    const name = nameOf({ kind, apiId: "", id: apiId });
    const api = change.puts.find((entity) => nameOf(entity) === name) ?? state.entities.get(name)?.entity;
    if (!api) return []; // a dangling reference is told elsewhere
    if (isKindOf(api, "Api")) return [{ deployment: apiDeployment(api, one, one.labels), chunks: new Map() }];
    const all = apiAfter(state, change, apiId);
    const parts = freeze({ ofApi: () => all }, apiId, compiler.freezeMemory(accountId, apiId));
    return [frozenDeployment(parts, (api as Entity<"RestApi">).spec, one)];
  });
  return {
    deployments: frozen.map(({ deployment }) => deployment),
    chunks: new Map(frozen.flatMap(({ chunks }) => [...chunks])),
  };
}
