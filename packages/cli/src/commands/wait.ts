import { type Command, InvalidArgumentError } from "commander";
import { NodeState, type WaitAppliedResponse } from "@tollgate/proto/control";
import { CliError, EXIT, type OutputFormat, print, printTable, report, toJson } from "../output.ts";
import { startProgress } from "../progress.ts";
import { globalsOf, openSession, type Session } from "../session.ts";

const words: Readonly<Record<number, string>> = {
  [NodeState.PENDING]: "pending",
  [NodeState.APPLIED]: "applied",
  [NodeState.REFUSED]: "refused",
  [NodeState.MISSING]: "missing",
};

/** Largest number of nodes that the progress display names. */
const NAMED_MAX = 3;

export interface WaitOptions {
  readonly timeoutMs?: number;
  readonly minNodes?: number;
}

const isWaiting = ({ state }: WaitAppliedResponse) =>
  state === NodeState.PENDING || state === NodeState.MISSING;

/** Shows how many nodes have applied a revision, and which have not. */
function progressText(revision: number, nodes: readonly WaitAppliedResponse[]): string {
  const waiting = nodes.filter(isWaiting);
  const named = waiting.slice(0, NAMED_MAX).map(({ nodeId }) => nodeId);
  const rest = waiting.length > NAMED_MAX ? " ..." : "";
  const waited = waiting.length === 0 ? "" : `, waiting for ${named.join(", ")}${rest}`;
  return `revision ${revision}: ${nodes.length - waiting.length} of ${nodes.length} nodes${waited}`;
}

/** Prints the state of each node, and what a node refused. Returns how many refused something. */
function printStates(nodes: readonly WaitAppliedResponse[], output: OutputFormat): number {
  const rows = nodes.map((node) => ({
    node: node.nodeId,
    state: words[node.state],
    revision: node.appliedRevision,
    problems: node.problems,
  }));
  if (output === "table") printTable(rows, ["node", "state", "revision"]);
  else print(toJson(rows));
  const refused = rows.filter((row) => row.state === "refused");
  for (const { node, problems } of refused)
    for (const problem of problems) report(`${node}: ${problem.path}: ${problem.message}`);
  return refused.length;
}

/** What a timer can wait at most, and the protocol says: 2^31 - 1 ms. */
const SECONDS_MAX = 2_147_483;

/** readSeconds reads an option that is a time. */
export function readSeconds(text: string): number {
  const seconds = Number(text);
  if (text.trim() !== "" && seconds > 0 && seconds <= SECONDS_MAX) return seconds;
  throw new InvalidArgumentError(`must be a number of seconds above 0, at most ${SECONDS_MAX}.`);
}

function readCount(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("must be a whole number, at least 0.");
}

/** waitForNodes waits until every node has applied a revision; exit code 4 if a node refused it, is missing or did not apply it in time. */
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
      progress.update(progressText(revision, [...nodes.values()]));
    }
  } catch (error) {
    progress.stop();
    if (nodes.size > 0) printStates([...nodes.values()], output);
    throw new CliError(
      `revision ${revision} is not applied on every node: ${(error as { details?: string }).details ?? String(error)}`,
      EXIT.NOT_APPLIED,
    );
  }
  progress.stop();
  const refused = printStates([...nodes.values()], output);
  if (refused > 0)
    throw new CliError(`${refused} of ${nodes.size} nodes refused revision ${revision}`, EXIT.NOT_APPLIED);
}

export function addWait(program: Command): void {
  program
    .command("wait")
    .description("wait until a revision is live on every node")
    .argument("<revision>", "revision printed by a write")
    .option("--timeout <seconds>", "how long to wait", readSeconds, 30)
    .option("--min-nodes <n>", "wait until at least this many nodes are connected", readCount, 0)
    .action(async (revision: string, options: { timeout: number; minNodes: number }, command: Command) => {
      const globals = globalsOf(command);
      if (!/^\d+$/.test(revision)) throw new CliError(`revision '${revision}' must be a number`, EXIT.USAGE);
      using session = openSession(globals);
      await waitForNodes(session, Number(revision), globals.output, {
        timeoutMs: Math.ceil(options.timeout * 1000),
        minNodes: options.minNodes,
      });
    });
}
