import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { onPath } from "../../kit/cache.ts";
import { startGateway } from "../../kit/gateway.ts";
import type { Suite, SuiteOutcome } from "./suite.ts";

const run = promisify(execFile);
const OWN = fileURLToPath(new URL("../terraform/", import.meta.url));

const APPLY = ["apply", "-auto-approve"];
/** Ends with 2 if something would be changed. */
const PLAN = ["plan", "-detailed-exitcode"];
/** The life of a configuration: what is done, and with which of its two forms. */
const LIFE: readonly (readonly [what: string, args: readonly string[], form: "one" | "two"])[] = [
  ["creates all", APPLY, "one"],
  ["reads back what it created", PLAN, "one"],
  ["updates all", APPLY, "two"],
  ["reads back what it updated", PLAN, "two"],
  ["destroys all", ["destroy", "-auto-approve"], "two"],
];
const LINES_SHOWN = 12;

/** What terraform says that is not as it should be: errors, else what it would change. */
function telling(output: string): string {
  const lines = output.split("\n");
  const errors = lines.filter((line) => line.startsWith("Error"));
  const shown = errors.length > 0 ? errors : lines.filter((line) => /^(  # | +[-+~] )/.test(line));
  return shown.slice(0, LINES_SHOWN).join("; ");
}

/** One configuration, from its creation to its end. */
async function lifeOf(name: string, endpoint: string): Promise<SuiteOutcome[]> {
  const folder = mkdtempSync(join(tmpdir(), "tollgate-terraform-"));
  try {
    cpSync(join(OWN, name), folder, { recursive: true });
    const terraform = async (args: readonly string[], form: string) => {
      const env = { ...process.env, TF_VAR_endpoint: endpoint, TF_VAR_n: form, CHECKPOINT_DISABLE: "1" };
      try {
        await run("terraform", [...args, "-no-color"], { cwd: folder, env, maxBuffer: 64 << 20 });
        return undefined;
      } catch (error) {
        const { stdout, stderr } = error as { readonly stdout: string; readonly stderr: string };
        return telling(`${stdout}\n${stderr}`) || stderr;
      }
    };
    const problem = await terraform(["init"], "one");
    if (problem !== undefined) throw new Error(`terraform init: ${problem}`);
    const outcomes: SuiteOutcome[] = [];
    for (const [what, args, form] of LIFE)
      outcomes.push({ part: name, title: `${name}: ${what}`, difference: await terraform(args, form) });
    return outcomes;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Every resource that Terraform's provider has for API Gateway: created, read back without a difference, updated, destroyed. */
export const terraform: Suite = {
  name: "Terraform",
  async run() {
    if (!(await onPath("terraform"))) throw new Error("please install terraform");
    await using gateway = await startGateway();
    const outcomes: SuiteOutcome[] = [];
    for (const name of readdirSync(OWN).sort()) outcomes.push(...(await lifeOf(name, gateway.controlUrl)));
    return outcomes;
  },
  explained: [],
};
