import type { Command } from "commander";
import { report } from "../output.ts";
import { globalsOf, openSession } from "../session.ts";

async function resume(_options: object, command: Command): Promise<void> {
  using session = openSession(globalsOf(command));
  const { revision } = await session.rollout.resumeRollout({});
  report(
    `the rollout of revision ${revision} was stopped; the newest revision goes out again, to one node first`,
  );
}

export function addRollout(program: Command): void {
  program
    .command("rollout")
    .description("rollouts in waves; `tollgate node` shows the newest one")
    .command("resume")
    .description("let the newest revision go out again, after its rollout was stopped and the cause is gone")
    .action(resume);
}
