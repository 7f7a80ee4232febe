import type { Cluster } from "../kit/cluster.ts";
import { childrenOf } from "../kit/process.ts";
import { pssBytes } from "./cpu.ts";

/** The memory of the first node of a cluster: its supervisor and its workers, which have much of the program in common. */
export function nodeBytes(cluster: Cluster): number {
  const pid = cluster.nodes[0]?.part.child.pid as number;
  return pssBytes([pid, ...childrenOf(pid)]);
}
