import type { Command } from "commander";
import { formatTable, print, toJson } from "../output.ts";
import { globalsOf, openSession } from "../session.ts";

export function addNode(program: Command): void {
  program
    .command("node")
    .description("list connected nodes")
    .action(async (_options: object, command: Command) => {
      const globals = globalsOf(command);
      using session = openSession(globals);
      const { nodes } = await session.nodes.listNodes({});
      if (globals.output !== "table") return print(toJson(nodes));
      const rows = nodes.map((node) => ({
        node: node.id,
        version: node.softwareVersion,
        workers: node.workerCount,
        applied: node.appliedRevision,
        published: node.publishedRevision,
        connected: new Date(Number(node.connectTimeUnixMs)).toISOString(),
        problems: node.problems.length,
      }));
      print(
        formatTable(rows, ["node", "version", "workers", "applied", "published", "connected", "problems"]),
      );
    });
}
