import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { baseEnv } from "./process.ts";

const CLI = fileURLToPath(new URL("../../packages/cli/bin/tollgate.js", import.meta.url));

export interface CliResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** tollgate runs the CLI as a user would. */
export async function tollgate(
  args: readonly string[],
  env: Record<string, string>,
  input = "",
  output: "read" | "unread" = "read",
): Promise<CliResult> {
  const child = spawn(process.execPath, [CLI, ...args], {
    env: { ...baseEnv(), NO_COLOR: "1", ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  if (output === "unread") child.stdout.destroy();
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  // It may end before it has read all.
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  const [exitCode] = (await once(child, "close")) as [number];
  return { exitCode, stdout, stderr };
}
