import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** LineService is a program that returns a line of JSON for each line of JSON. */
export interface LineService<Answer> extends AsyncDisposable {
  ask(request: unknown): Promise<Answer>;
}

/** startLineService runs such a program until its input ends. */
export function startLineService<Answer>(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): LineService<Answer> {
  const child = spawn(command, args, {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, ...env },
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async ask(request) {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      const { value } = (await lines.next()) as { value?: string };
      if (value === undefined) throw new Error(`${args[0] ?? command} ended`);
      return JSON.parse(value) as Answer;
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      if (child.exitCode === null) await once(child, "exit");
    },
  };
}
