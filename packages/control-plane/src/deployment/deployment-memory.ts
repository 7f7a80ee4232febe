import { LRUCache } from "lru-cache";
import type { RestStage } from "@tollgate/pipeline";
import type { ChunkMemory } from "./rest-api/chunks.ts";

const STAGES_MAX = 500;
const APIS_MAX = 500;

/** DeploymentMemory keeps the parts of the last deployment of each API, so that the next one only costs what has changed. */
export class DeploymentMemory {
  readonly #stages = new LRUCache<string, RestStage>({ max: STAGES_MAX });
  readonly #chunks = new LRUCache<string, ChunkMemory>({ max: APIS_MAX });

  /** The chunks of an API's last deployment. */
  chunksOf(accountId: string, apiId: string): ChunkMemory {
    const key = `${accountId}/${apiId}`;
    const memory: ChunkMemory = this.#chunks.get(key) ?? new Map();
    this.#chunks.set(key, memory);
    return memory;
  }

  /** The last compilation of a stage. */
  stage(key: string): RestStage | undefined {
    return this.#stages.get(key);
  }

  remember(key: string, stage: RestStage): void {
    this.#stages.set(key, stage);
  }
}
