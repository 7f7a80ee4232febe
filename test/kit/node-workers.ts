import type { ClusterNode } from "./cluster.ts";
import { childrenOf, until } from "./process.ts";

/** killWorker kills a worker of a node, drawn by `random`, and returns once as many as before accept calls. */
export async function killWorker(node: ClusterNode, random: () => number): Promise<void> {
  const { pid } = node.part.child;
  const before = childrenOf(pid);
  const victim = before[Math.floor(random() * before.length)];
  if (victim === undefined) throw new Error("the node has no worker");
  process.kill(victim, "SIGKILL");
  await until("the worker is replaced", () => {
    const now = childrenOf(pid);
    return now.length === before.length && !now.includes(victim);
  });
  await until(
    "its replacement accepts calls",
    async () => (await metricOf(node, "tollgate_workers")) === before.length,
  );
}

/** metricOf is the value of a metric of a node that has one series. */
export async function metricOf({ adminPort }: Pick<ClusterNode, "adminPort">, name: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text();
  return Number(new RegExp(`^${name}\\b.* (\\d+)$`, "m").exec(text)?.[1]);
}
