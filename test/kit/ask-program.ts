import { spawn } from "node:child_process";

/** askProgram runs a program that writes one line for each line that it reads, and returns what it wrote. */
export async function askProgram(
  command: string,
  args: readonly string[],
  lines: readonly string[],
): Promise<readonly string[]> {
  const program = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"] });
  const out: Buffer[] = [];
  const errors: Buffer[] = [];
  program.stdout.on("data", (chunk: Buffer) => out.push(chunk));
  program.stderr.on("data", (chunk: Buffer) => errors.push(chunk));
  program.stdin.end(lines.map((line) => `${line}\n`).join(""));
  await new Promise<void>((resolve, reject) => {
    program.on("error", reject);
    program.on("close", (code) =>
      code === 0
        ? resolve()
        : reject(
            new Error(`${command} ended with ${code}: ${Buffer.concat(errors).toString().slice(-2000)}`),
          ),
    );
  });
  return Buffer.concat(out).toString().trim().split("\n");
}
