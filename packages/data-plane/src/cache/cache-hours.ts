import type { DeployedStage } from "@tollgate/pipeline";
import { encodeKey, NO_FACTS } from "@tollgate/usage-stream";
import type { Spool } from "../usage/spool.ts";
import { stageFactsOf } from "../usage/stage-facts.ts";

const HOUR_MS = 3_600_000;
const LOOK_EVERY_MS = 10_000;
/** What a stage has that does not say how much (AWS: CreateStage, cacheClusterSize). */
const SMALLEST_GB = "0.5";

export interface CacheHoursOptions {
  readonly spool: Pick<Spool, "add" | "commit" | "isFull">;
  /** The stages that are live. */
  readonly stages: () => Iterable<DeployedStage>;
  readonly configRevision: () => number;
  readonly unixMs: () => number;
  readonly report: (error: unknown) => void;
}

/**
 * CacheHours records that stages have caches: an event for each stage and size in each hour, once by this worker. Other nodes record the same hours;
 * metering counts each once, so that nothing depends on which of them lives.
 */
export class CacheHours {
  readonly #options: CacheHoursOptions;
  /** What is recorded of the present hour. */
  #recorded = new Set<string>();
  #hour = 0;

  constructor(options: CacheHoursOptions) {
    this.#options = options;
  }

  /** look records what is not recorded yet of the present hour. What cannot be written is tried again. */
  look(): void {
    const { spool, stages, configRevision, unixMs, report } = this.#options;
    const nowMs = unixMs();
    const hour = Math.floor(nowMs / HOUR_MS);
    if (hour !== this.#hour) this.#recorded = new Set();
    this.#hour = hour;
    let added: string[] = [];
    const commit = () => {
      spool.commit();
      for (const name of added) this.#recorded.add(name);
      added = [];
    };
    try {
      for (const stage of stages()) {
        if (stage.protocol !== "REST" || !stage.manifest.stage.cacheClusterEnabled) continue;
        const { accountId, apiId, stageName } = stage.context;
        const cacheSize = stage.manifest.stage.cacheClusterSize ?? SMALLEST_GB;
        const name = `${accountId}/${apiId}/${stageName}/${cacheSize}`;
        if (this.#recorded.has(name)) continue;
        added.push(name);
        spool.add(encodeKey({ accountId, apiId, stage: stageName, httpMethod: "CACHE", resourcePath: "" }), {
          ...NO_FACTS,
          endTimeUnixMs: nowMs,
          configRevision: configRevision(),
          stageFacts: stageFactsOf(stage.context),
          cacheSize,
        });
        // What is shipped of a larger frame is nothing: there may be thousands of stages, with many tags.
        if (spool.isFull) commit();
      }
      if (added.length > 0) commit();
    } catch (error) {
      report(error);
    }
  }

  /** keep looks every ten seconds; it never keeps the process running. */
  keep(): void {
    setInterval(() => this.look(), LOOK_EVERY_MS).unref();
  }
}
