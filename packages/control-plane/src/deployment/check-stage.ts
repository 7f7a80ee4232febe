import {
  isKindOf,
  nameOf,
  type Chunk,
  type Entity,
  type FrozenApi,
  type Problem,
  type SpecOf,
  type StageManifest,
} from "@tollgate/config";
import { compileHttpStage, compileStage, nullPorts, type RestStage } from "@tollgate/pipeline";
import type { AccountState } from "../mirror/mirror.ts";
import { apiDeploymentOf, httpManifestOf } from "./http-api-deployment.ts";
import { thaw, type FreezeMemory } from "./freeze.ts";
import type { FreshChunks } from "./frozen-deployment.ts";

const REMEMBERED_MAX = 500;

/** DeploymentCompiler compiles stages as the proxies will, to find out before anything is stored. It remembers the last version of each. */
export class DeploymentCompiler {
  readonly #stages = new Map<string, RestStage>();
  readonly #freezeMemories = new Map<string, FreezeMemory>();

  freezeMemory(accountId: string, apiId: string): FreezeMemory {
    const key = `${accountId}/${apiId}`;
    const memory: FreezeMemory = this.#freezeMemories.get(key) ?? new Map();
    this.#freezeMemories.set(key, memory);
    return memory;
  }

  async check(
    manifest: StageManifest,
    chunkJson: (digest: string) => string | undefined,
  ): Promise<readonly Problem[]> {
    const key = `${manifest.accountId}/${manifest.apiId}/${manifest.stageName}`;
    const chunk = (digest: string): Chunk | undefined => {
      const json = chunkJson(digest);
      return json === undefined ? undefined : { digest, entities: thaw(json) };
    };
    const outcome = await compileStage({
      manifest,
      chunk,
      account: undefined,
      ports: nullPorts,
      previous: this.#stages.get(key),
    });
    if (!outcome.ok) return outcome.problems;
    this.#stages.delete(key);
    this.#stages.set(key, outcome.stage);
    const oldest = this.#stages.keys().next().value;
    if (this.#stages.size > REMEMBERED_MAX && oldest !== undefined) this.#stages.delete(oldest);
    return [];
  }
}

const frozen = (deploymentId: string, { restApi, chunks, definitions }: SpecOf<"Deployment">): FrozenApi => ({
  deploymentId,
  restApi,
  chunks,
  definitions,
});

type StagePart = Pick<Entity<"Stage">, "apiId" | "id" | "spec">;

/** manifestOf is what a stage delivers when it points at a deployment, and its canary at another. */
export function manifestOf(
  accountId: string,
  { apiId, id, spec }: StagePart,
  deployment: SpecOf<"Deployment">,
  canary: SpecOf<"Deployment"> | undefined,
): StageManifest {
  const canaryId = spec.canarySettings?.deploymentId;
  return {
    accountId,
    apiId,
    stageName: id,
    stage: spec,
    ...frozen(spec.deploymentId, deployment),
    canary: canaryId !== undefined && canary ? frozen(canaryId, canary) : undefined,
  };
}

/** deploymentOf finds a deployment of an API. */
export function deploymentOf(
  state: AccountState,
  apiId: string,
  id: string | undefined,
): SpecOf<"Deployment"> | undefined {
  if (id === undefined) return undefined;
  const entity = state.entities.get(nameOf({ kind: "Deployment", apiId, id }))?.entity;
  return entity && isKindOf(entity, "Deployment") ? entity.spec : undefined;
}

/** storedManifest is what a stage delivers when all that it points at is stored; undefined: its deployment is not there. */
export function storedManifest(
  accountId: string,
  state: AccountState,
  stage: StagePart,
): StageManifest | undefined {
  const { apiId, spec } = stage;
  const deployment = deploymentOf(state, apiId, spec.deploymentId);
  return (
    deployment &&
    manifestOf(accountId, stage, deployment, deploymentOf(state, apiId, spec.canarySettings?.deploymentId))
  );
}

/** Compiles a stage of an HTTP API with the deployment that it points at, be it stored or about to be. */
function checkApiStage(
  accountId: string,
  state: AccountState,
  stage: Entity<"ApiStage">,
  made: ReadonlyMap<string, SpecOf<"ApiDeployment">>,
): readonly Problem[] {
  const { apiId, spec } = stage;
  const name = nameOf({ kind: "ApiDeployment", apiId, id: spec.deploymentId ?? "" });
  const deployment = made.get(name) ?? apiDeploymentOf(state, apiId, spec.deploymentId);
  const manifest = httpManifestOf(accountId, stage, deployment);
  if (!manifest) return []; // a dangling reference is told elsewhere
  const outcome = compileHttpStage({ manifest, account: undefined, ports: nullPorts });
  return outcome.ok ? [] : outcome.problems;
}

/** checkStages compiles every stage among the entities that are to be stored, with what is stored beside it. */
export async function checkStages(
  compiler: DeploymentCompiler,
  accountId: string,
  state: AccountState,
  puts: readonly Entity[],
  fresh: FreshChunks = new Map(),
): Promise<Problem[]> {
  const made = new Map(
    puts.flatMap((entity) => (isKindOf(entity, "Deployment") ? [[nameOf(entity), entity.spec]] : [])),
  );
  const problems: Problem[] = [];
  const madeOfApis = new Map(
    puts.flatMap((entity) => (isKindOf(entity, "ApiDeployment") ? [[nameOf(entity), entity.spec]] : [])),
  );
  for (const entity of puts) {
    if (isKindOf(entity, "ApiStage")) problems.push(...checkApiStage(accountId, state, entity, madeOfApis));
    if (!isKindOf(entity, "Stage")) continue;
    const { apiId, spec } = entity;
    const find = (id: string | undefined) =>
      made.get(nameOf({ kind: "Deployment", apiId, id: id ?? "" })) ?? deploymentOf(state, apiId, id);
    const deployment = find(spec.deploymentId);
    if (!deployment) continue; // a dangling reference is told elsewhere
    const manifest = manifestOf(accountId, entity, deployment, find(spec.canarySettings?.deploymentId));
    problems.push(
      ...(await compiler.check(
        manifest,
        (digest) => fresh.get(`${apiId}/${digest}`) ?? state.chunks.get(`${apiId}/${digest}`),
      )),
    );
  }
  return problems;
}
