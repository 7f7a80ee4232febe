import { setTimeout as delay } from "node:timers/promises";
import { type Cluster, type ClusterNode, stageUrl } from "../kit/cluster.ts";
import { until } from "../kit/process.ts";
import { mock, resourceOf } from "../kit/rest-api.ts";
import { API, STAGE, type Traffic } from "./traffic.ts";

const EDITED = "edited01";
const PATH = "/edited";

/** What a node responds at the path that is edited. */
async function servedBy(node: ClusterNode): Promise<string> {
  const response = await fetch(`${stageUrl(node, API, STAGE)}${PATH}`);
  return response.status === 200 ? await response.text() : String(response.status);
}

/** The metric of a node that says for how long its newest config has not been on disk. */
async function unsavedSeconds(node: ClusterNode): Promise<number> {
  const metrics = await (await fetch(`http://127.0.0.1:${node.adminPort}/metrics`)).text();
  return Number(/^tollgate_config_unsaved_seconds\S* (\S+)$/m.exec(metrics)?.[1] ?? Number.NaN);
}

/** Makes one edit and returns what is served from then on. */
async function edit(cluster: Cluster, text: string | undefined): Promise<string> {
  if (text === undefined) await cluster.config.delete({ kind: "Resource", apiId: API, id: EDITED });
  else await cluster.apply([resourceOf(API, EDITED, PATH, { GET: mock(text) })]);
  await cluster.waitApplied(await cluster.deploy(API, STAGE));
  return text ?? "403";
}

/**
 * Two edits about half a second apart, the time between two writes of a node's config; then the node stops, by SIGTERM or SIGKILL, and
 * starts again without a control plane. It must serve the second edit, which may be that a route is gone.
 */
export async function lastEdit(
  cluster: Cluster,
  traffic: Traffic,
  { random, rounds }: { readonly random: () => number; readonly rounds: number },
): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    const node = cluster.nodes[Math.floor(random() * cluster.nodes.length)] as ClusterNode;
    await edit(cluster, `edit ${round}a`);
    await delay(400 + random() * 200);
    const expected = await edit(cluster, random() < 0.5 ? `edit ${round}b` : undefined);
    // A SIGKILL may take the edits that the metric reports as not yet on disk.
    const signal = round % 2 === 0 ? "SIGTERM" : "SIGKILL";
    if (signal === "SIGKILL")
      await until("the edit is on the node's disk", async () => (await unsavedSeconds(node)) === 0);
    const back = traffic.outage(node.id);
    await Promise.all([cluster.controlPlane.kill("SIGKILL"), node.part.kill(signal)]);
    const restarted = await cluster.startNode(node.id);
    back();
    const served = await servedBy(restarted);
    if (served !== expected)
      throw new Error(
        `after ${signal}, ${node.id} serves '${served}' from its disk instead of '${expected}'`,
      );
    await cluster.startControlPlane();
    await cluster.waitApplied(1);
  }
}
