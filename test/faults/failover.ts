import { setTimeout as delay } from "node:timers/promises";
import { NodeState, type WaitAppliedResponse } from "@tollgate/proto/control";
import type { Cluster } from "../kit/cluster.ts";
import { until } from "../kit/process.ts";
import { inRandomOrder } from "../kit/seeded.ts";
import { checkConfig } from "./config-history.ts";
import { ConfigRecorder } from "./config-recorder.ts";

const WAIT_MS = 60_000;
/** Edits that the other control plane has to store while one is gone. */
const EDITS_MEANWHILE = 3;
/** At most so long after the last one came back is the next one killed. */
const PAUSE_MS = 2_000;

export interface FailoverOptions {
  readonly rounds: number;
  readonly random: () => number;
}

/** FailoverReport is a run of kills: what was acknowledged is stored and served, and `wait` says so. */
export interface FailoverReport {
  readonly kills: number;
  readonly edits: number;
  readonly refusedEdits: number;
  readonly waits: number;
  readonly longestWaitMs: number;
  readonly failed: number;
  readonly configWrong: number;
  readonly details: readonly string[];
}

/** Plane is one of the control planes, with the means to kill it and to start it again. */
interface Plane {
  readonly name: string;
  readonly rollout: Cluster["rollout"];
  kill(): Promise<void>;
  start(): Promise<void>;
}

const planesOf = (cluster: Cluster): readonly Plane[] => [
  {
    name: "the first control plane",
    rollout: cluster.rollout,
    kill: () => cluster.controlPlane.kill("SIGKILL"),
    start: () => cluster.startControlPlane(),
  },
  ...cluster.otherControlPlanes.map((plane) => ({
    name: `the control plane at ${plane.grpcPort}`,
    rollout: plane.clients.rollout,
    kill: () => plane.part.kill("SIGKILL"),
    start: () => cluster.restartOther(plane),
  })),
];

/** Waits until all nodes have a revision, as `tollgate wait` does, and returns how long that took. It throws if they have not. */
async function waitAt({ name, rollout }: Plane, revision: bigint, nodes: number): Promise<number> {
  const startMs = performance.now();
  const request = { revision, minNodes: nodes, timeoutMs: WAIT_MS };
  const applied = new Set<string>();
  try {
    for await (const state of rollout.waitApplied(request) as AsyncIterable<WaitAppliedResponse>)
      if (state.state === NodeState.APPLIED) applied.add(state.nodeId);
  } catch (error) {
    throw new Error(`${name} waits in vain for revision ${revision}`, { cause: error });
  }
  if (applied.size < nodes)
    throw new Error(
      `${name} has waited for revision ${revision}, which only ${[...applied].join(", ")} have`,
    );
  return performance.now() - startMs;
}

/**
 * failover kills each control plane in each round, in a random order, while routes are edited and read at all nodes. Before it is back, and after,
 * `wait` has to be true for an edit that was acknowledged meanwhile.
 */
export async function failover(
  cluster: Cluster,
  { rounds, random }: FailoverOptions,
): Promise<FailoverReport> {
  const recorder = await ConfigRecorder.start(cluster, random);
  const planes = planesOf(cluster);
  const waitsMs: number[] = [];
  const failures: string[] = [];
  const wait = async (plane: Plane) => {
    try {
      waitsMs.push(await waitAt(plane, recorder.lastRevision, cluster.nodes.length));
    } catch (error) {
      const { message, cause } = error as Error;
      failures.push(cause instanceof Error ? `${message}: ${cause.message}` : message);
    }
  };
  for (let round = 0; round < rounds; round++)
    for (const killed of inRandomOrder(planes, random)) {
      await delay(random() * PAUSE_MS);
      await killed.kill();
      const goal = recorder.acknowledged + EDITS_MEANWHILE;
      await until(`edits are stored without ${killed.name}`, () => recorder.acknowledged >= goal);
      for (const plane of planes) if (plane !== killed) await wait(plane);
      await killed.start();
      await wait(killed);
    }
  const history = await recorder.stop();
  const wrong = checkConfig(history);
  const edits = history.writes.filter(({ ackMs }) => ackMs !== undefined).length;
  return {
    kills: rounds * planes.length,
    edits,
    refusedEdits: history.writes.length - edits,
    waits: waitsMs.length,
    longestWaitMs: Math.round(Math.max(0, ...waitsMs)),
    failed: failures.length,
    configWrong: wrong.length,
    details: [...failures, ...wrong].slice(0, 10),
  };
}
