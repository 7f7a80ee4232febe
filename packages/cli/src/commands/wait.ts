import type { Command } from "commander";
import { NodeState, type WaitAppliedResponse } from "@tollgate/proto/control";
import { CliError, EXIT, formatTable, type OutputFormat, print, report, toJson } from "../output.ts";
import { startProgress } from "../progress.ts";
import { globalsOf, openSession, type Session } from "../session.ts";

const words: Readonly<Record<number, string>> = {
  [NodeState.PENDING]: "pending",
  [NodeState.APPLIED]: "applied",
  [NodeState.REFUSED]: "refused",
};

/** Largest number of nodes that the progress display names. */
const NAMED_MAX = 3;

export interface WaitOptions {
  readonly timeoutMs?: number;
  readonly minNodes?: number;
}

/** waitForNodes waits until every node has applied a revision; exit code 4 if a node refused it or did not apply it in time. */
export async function waitForNodes(
  session: Session,
  revision: number,
  output: OutputFormat,
  options: WaitOptions,
): Promise<void> {
  const stream = session.rollout.waitApplied({
    revision: BigInt(revision),
    timeoutMs: options.timeoutMs ?? 0,
    minNodes: options.minNodes ?? 0,
  });
  const nodes = new Map<string, WaitAppliedResponse>();
  const progress = startProgress(`waiting for revision ${revision}`);
  try {
    for await (const state of stream as AsyncIterable<WaitAppliedResponse>) {
      nodes.set(state.nodeId, state);
      const pending = [...nodes.values()].filter((node) => node.state === NodeState.PENDING);
      const named = pending.slice(0, NAMED_MAX).map((node) => node.nodeId);
      const waited =
        pending.length === 0
          ? ""
          : `, waiting for ${named.join(", ")}${pending.length > NAMED_MAX ? " ..." : ""}`;
      progress.update(`revision ${revision}: ${nodes.size - pending.length} of ${nodes.size} nodes${waited}`);
    }
  } catch (error) {
    throw new CliError(
      `revision ${revision} is not applied on every node: ${(error as { details?: string }).details ?? String(error)}`,
      EXIT.NOT_APPLIED,
    );
  } finally {
    progress.stop();
  }
  const rows = [...nodes.values()].map((node) => ({
    node: node.nodeId,
    state: words[node.state],
    revision: node.appliedRevision,
    problems: node.problems,
  }));
  if (output === "table") print(formatTable(rows, ["node", "state", "revision"]));
  else print(toJson(rows));
  const refused = rows.filter((row) => row.state === "refused");
  for (const { node, problems } of refused)
    for (const problem of problems) report(`${node}: ${problem.path}: ${problem.message}`);
  if (refused.length > 0)
    throw new CliError(
      `${refused.length} of ${rows.length} nodes refused revision ${revision}`,
      EXIT.NOT_APPLIED,
    );
}

export function addWait(program: Command): void {
  program
    .command("wait")
    .description("wait until a revision is live on every node")
    .argument("<revision>", "revision printed by a write")
    .option("--timeout <seconds>", "how long to wait", "30")
    .option("--min-nodes <n>", "wait until at least this many nodes are connected", "0")
    .action(async (revision: string, options: { timeout: string; minNodes: string }, command: Command) => {
      const globals = globalsOf(command);
      if (!/^\d+$/.test(revision)) throw new CliError(`revision '${revision}' must be a number`, EXIT.USAGE);
      using session = openSession(globals);
      await waitForNodes(session, Number(revision), globals.output, {
        timeoutMs: Number(options.timeout) * 1000,
        minNodes: Number(options.minNodes),
      });
    });
}
