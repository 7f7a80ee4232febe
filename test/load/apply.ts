import { Cluster } from "../kit/cluster.ts";
import { startEtcd } from "../kit/etcd.ts";
import { mock, resourceOf } from "../kit/rest-api.ts";
import { cpuMs, median } from "./cpu.ts";
import type { MeasuredReport } from "./report.ts";
import { SEALING_KEY, storeKeys } from "./stored-keys.ts";
import { inTurns, type Way } from "./turns.ts";

const API = "applied001";

/** A control plane on an etcd of its own, with so many entities: API keys, but for an API and its resource. */
async function startControlPlane(scope: AsyncDisposableStack, entities: number): Promise<Cluster> {
  const etcd = scope.use(await startEtcd());
  const cluster = scope.use(
    await Cluster.start({
      etcd: etcd.url,
      nodes: 0,
      isBundled: true,
      readyWithinMs: 300_000,
      env: { TOLLGATE_SECRETS_KEY: SEALING_KEY.toString("base64") },
    }),
  );
  await cluster.controlPlane.kill("SIGKILL");
  await storeKeys(etcd.url, entities);
  await cluster.startControlPlane();
  await cluster.apply([{ kind: "RestApi", id: API, spec: { name: "apply" } }]);
  return cluster;
}

/** apply compares the time of an apply of one entity, on etcd, of a control plane that has many entities with one that has few. */
export async function apply({
  few,
  many,
  writes,
  rounds,
}: {
  readonly few: number;
  readonly many: number;
  readonly writes: number;
  readonly rounds: number;
}): Promise<MeasuredReport<"apply">> {
  await using scope = new AsyncDisposableStack();
  const [small, large] = [await startControlPlane(scope, few), await startControlPlane(scope, many)];
  let written = 0;
  const way =
    (name: string, cluster: Cluster): Way =>
    async () => {
      const times: number[] = [];
      const pids = [cluster.controlPlane.child.pid as number];
      const before = cpuMs(pids);
      for (let i = 0; i < writes; i++) {
        const entity = resourceOf(API, "edited", "/edited", { GET: mock(`"${++written}"`) });
        const startMs = performance.now();
        await cluster.apply([entity]);
        times.push(performance.now() - startMs);
      }
      return { [`${name}_apply`]: median(times), [`${name}_cpu`]: (cpuMs(pids) - before) / writes };
    };
  const measured = await inTurns(
    { small: way("small", small), large: way("large", large) },
    { seconds: 0, rounds },
  );
  return {
    figures: { entities: many, ...measured.medians("ms", 2) },
    ratios: {},
    measured: { large_vs_small: measured.ratio("large_apply", "small_apply") },
  };
}
