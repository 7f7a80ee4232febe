import type { Command } from "commander";
import { type Difference, DifferenceKind, DifferenceState, type Reconciliation } from "@tollgate/proto/usage";
import { EXIT, print, printTable, toJson } from "../output.ts";
import { globalsOf, openSession } from "../session.ts";

const namesOf = (values: Readonly<Record<string, number>>): ReadonlyMap<number, string> =>
  new Map(Object.entries(values).map(([name, value]) => [value, name]));
const kinds = namesOf(DifferenceKind);
const states = namesOf(DifferenceState);

const at = (unixMs: bigint): string => (unixMs === 0n ? "" : new Date(Number(unixMs)).toISOString());

const COLUMNS = ["id", "kind", "state", "found", "by", "reason"] as const;

const toRow = ({ id, kind, state, foundTimeUnixMs, actor, reason }: Difference) => ({
  id,
  kind: kinds.get(kind),
  state: states.get(state),
  found: at(foundTimeUnixMs).slice(0, 16),
  by: actor,
  reason,
});

const jsonOf = ({ $typeName: _, kind, state, ...rest }: Difference) => ({
  ...rest,
  kind: kinds.get(kind),
  state: states.get(state),
});

const comparedText = ({ comparedTimeUnixMs, comparedUntilUnixMs }: Reconciliation): string =>
  comparedTimeUnixMs === 0n
    ? "usage was not compared yet: metering does it a minute after its start, and each hour"
    : `compared at ${at(comparedTimeUnixMs)}, all hours before ${at(comparedUntilUnixMs)}`;

function show(reconciliation: Reconciliation): void {
  const { differences } = reconciliation;
  print(comparedText(reconciliation));
  if (differences.length === 0) print("all countings agree");
  else printTable(differences.map(toRow), COLUMNS);
  for (const { id, problem } of differences) print(`\n${id}: ${problem}`);
}

function addStatus(usage: Command): void {
  usage
    .command("status")
    .description(
      "where countings of usage do not agree, which keeps invoices from becoming final; exit code 3 if any does not",
    )
    .option("--all", "also what was accepted, confirmed by an audit, or is gone")
    .option("--now", "compare now, not only each hour")
    .action(async ({ all = false, now = false }: { all?: boolean; now?: boolean }, command: Command) => {
      const globals = globalsOf(command);
      using session = openSession(globals);
      if (now) await session.usage.reconcileUsage({});
      const { reconciliation } = await session.usage.getReconciliation({ settledToo: all });
      if (!reconciliation) return;
      const { $typeName: _, differences, ...compared } = reconciliation;
      if (globals.output === "table") show(reconciliation);
      else print(toJson({ ...compared, differences: differences.map(jsonOf) }));
      if (differences.some(({ state }) => state === DifferenceState.OPEN)) process.exitCode = EXIT.DIFFERENT;
    });
}

function addAccept(usage: Command): void {
  usage
    .command("accept")
    .description(
      "let invoices become final although two countings do not agree, as long as their numbers do not change",
    )
    .argument("<id>", "of the difference, from 'tollgate usage status'")
    .requiredOption("--reason <text>", "why; it is kept with who accepted it")
    .action(async (id: string, { reason }: { reason: string }, command: Command) => {
      const globals = globalsOf(command);
      using session = openSession(globals);
      const { difference } = await session.usage.acceptDifference({ id, reason });
      if (!difference) return;
      if (globals.output === "table") print(`accepted: ${difference.problem}`);
      else print(toJson(jsonOf(difference)));
    });
}

/** addUsageStatus adds the commands about countings of usage that do not agree. */
export function addUsageStatus(usage: Command): void {
  addStatus(usage);
  addAccept(usage);
}
