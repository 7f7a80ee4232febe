import {
  isKindOf,
  nameOf,
  type Chunk,
  type Entity,
  type Problem,
  type SpecOf,
  type StageManifest,
} from "@tollgate/config";
import { compileStage, nullPorts, type DeployedStage } from "@tollgate/pipeline";
import type { AccountState } from "../mirror/mirror.ts";
import { thaw, type FreezeMemory } from "./freeze.ts";

const REMEMBERED_MAX = 500;

/** DeploymentCompiler compiles stages as the proxies will, to find out before anything is stored. It remembers the last version of each. */
export class DeploymentCompiler {
  readonly #stages = new Map<string, DeployedStage>();
  readonly #freezeMemories = new Map<string, FreezeMemory>();

  freezeMemory(accountId: string, restApiId: string): FreezeMemory {
    const key = `${accountId}/${restApiId}`;
    const memory: FreezeMemory = this.#freezeMemories.get(key) ?? new Map();
    this.#freezeMemories.set(key, memory);
    return memory;
  }

  async check(
    manifest: StageManifest,
    chunkJson: (digest: string) => string | undefined,
  ): Promise<readonly Problem[]> {
    const key = `${manifest.accountId}/${manifest.restApiId}/${manifest.stageName}`;
    const chunk = (digest: string): Chunk | undefined => {
      const json = chunkJson(digest);
      return json === undefined ? undefined : { digest, resources: thaw(json) };
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

/** manifestOf is what a stage delivers when it points at a deployment. */
export function manifestOf(
  accountId: string,
  stage: { readonly restApiId: string; readonly id: string; readonly spec: SpecOf<"Stage"> },
  deployment: SpecOf<"Deployment">,
): StageManifest {
  return {
    accountId,
    restApiId: stage.restApiId,
    stageName: stage.id,
    deploymentId: stage.spec.deploymentId,
    restApi: deployment.restApi,
    stage: stage.spec,
    chunks: deployment.chunks,
  };
}

/** checkStages compiles every stage among the entities that are to be stored. */
export async function checkStages(
  compiler: DeploymentCompiler,
  accountId: string,
  state: AccountState,
  puts: readonly Entity[],
): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const entity of puts) {
    if (!isKindOf(entity, "Stage")) continue;
    const { restApiId } = entity;
    const deployment = state.entities.get(
      nameOf({ kind: "Deployment", restApiId, id: entity.spec.deploymentId }),
    )?.entity;
    if (!deployment || !isKindOf(deployment, "Deployment")) continue; // a dangling reference is told elsewhere
    const manifest = manifestOf(accountId, entity, deployment.spec);
    problems.push(
      ...(await compiler.check(manifest, (digest) => state.chunks.get(`${restApiId}/${digest}`))),
    );
  }
  return problems;
}
