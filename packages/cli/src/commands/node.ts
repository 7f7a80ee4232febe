import type { Command } from "commander";
import type { Node, Rollout } from "@tollgate/proto/control";
import { print, printTable, report, toJson } from "../output.ts";
import { globalsOf, openSession } from "../session.ts";

const timeOf = (unixMs: bigint) => new Date(Number(unixMs)).toISOString();

const rowOf = (node: Node) => ({
  node: node.id,
  state: node.missingSinceTimeUnixMs > 0 ? "missing" : "connected",
  since: timeOf(node.missingSinceTimeUnixMs || node.connectTimeUnixMs),
  seen: timeOf(node.lastSeenTimeUnixMs),
  role: node.isEdge ? "edge" : "node",
  version: node.softwareVersion,
  workers: node.workerCount,
  applied: node.appliedRevision,
  published: node.publishedRevision,
  problems: node.problems.length,
  process: `${node.host}:${node.pid}`,
  "control-plane": node.controlPlane,
  labels: Object.entries(node.labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(","),
});

function rolloutText({ revision, baseRevision, state, nodeIds, reason }: Rollout): string {
  if (state === "done") return `the rollout of revision ${revision} is done`;
  if (state === "stopped")
    return `the rollout of revision ${revision} was stopped: ${reason}; all nodes have revision ${baseRevision}`;
  return `revision ${revision} is on ${nodeIds.join(", ")}; the other nodes have revision ${baseRevision}`;
}

async function list(_options: object, command: Command): Promise<void> {
  const globals = globalsOf(command);
  using session = openSession(globals);
  const { nodes, rollout } = await session.nodes.listNodes({});
  if (globals.output !== "table") return print(toJson(nodes));
  const rows = nodes.map(rowOf);
  const columns = [
    "node",
    "state",
    "since",
    "seen",
    "version",
    "workers",
    "applied",
    "published",
    "problems",
  ];
  // Where there are no edge nodes, all are the same.
  const roles = nodes.some(({ isEdge }) => isEdge) ? ["role"] : [];
  printTable(rows, [...columns, ...roles, "process", "control-plane", "labels"]);
  if (rollout) report(rolloutText(rollout));
  for (const { id, problems } of nodes)
    for (const { path, message } of problems) report(`${id}: ${path}: ${message}`);
}

async function forget(id: string, _options: object, command: Command): Promise<void> {
  using session = openSession(globalsOf(command));
  await session.nodes.forgetNode({ id });
  report(`node ${id} is forgotten`);
}

export function addNode(program: Command): void {
  const node = program
    .command("node")
    .description("list the nodes of the cluster: connected to any control plane, or missing")
    .action(list);
  node
    .command("forget")
    .description("remove a missing node, which will not come back, so that nothing waits for it")
    .argument("<node>", "id of the node")
    .action(forget);
}
