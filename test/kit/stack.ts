import { expect } from "vitest";
import { tollgate } from "./cli.ts";
import type { Gateway } from "./gateway.ts";

/** AppliedStack is what the CLI prints of a stack that it applied. */
export interface AppliedStack {
  readonly revision: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly findings: readonly { readonly level: string; readonly message: string }[];
  readonly changes: readonly { readonly action: string; readonly entity: { readonly kind: string } }[];
}

/** applyStack applies a template by the CLI, without a word on stderr, and waits until the nodes serve it. */
export async function applyStack(
  gateway: Gateway,
  stack: string,
  template: string,
  ...args: readonly string[]
): Promise<AppliedStack> {
  const command = ["apply", "-f", "-", "--stack", stack, "-o", "json", ...args];
  const { stdout, stderr, exitCode } = await tollgate(command, gateway.cliEnv, template);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  const applied = JSON.parse(stdout) as AppliedStack;
  await gateway.wait(BigInt(applied.revision));
  return applied;
}
