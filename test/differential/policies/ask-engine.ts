import { spawn } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CACHE, run } from "../../kit/cache.ts";

const SOURCE = fileURLToPath(new URL("engine/", import.meta.url));
/** By the names that npm has for them: here these would be a package of the repository. */
const FILES = {
  "manifest.json": "package.json",
  "manifest-lock.json": "package-lock.json",
  "answer.mjs": "answer.mjs",
};

/** The engine in a folder of its own: its licence (AGPL-3.0) allows to run it beside the product, not to be a part of it. */
async function engine(): Promise<string> {
  const folder = join(CACHE, "iam-simulate-0.1.173");
  mkdirSync(folder, { recursive: true });
  for (const [file, name] of Object.entries(FILES)) copyFileSync(join(SOURCE, file), join(folder, name));
  if (!existsSync(join(folder, "node_modules", "@cloud-copilot", "iam-simulate")))
    await run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: folder });
  return folder;
}

/** EngineAnswer is what the engine made of a question; `error`: it does not take the policies. */
export interface EngineAnswer {
  readonly result?: "Allowed" | "ImplicitlyDenied" | "ExplicitlyDenied";
  readonly ignored?: readonly string[];
  readonly error?: string;
}

/** askEngine asks the engine, one answer for each question. */
export async function askEngine(questions: readonly object[]): Promise<EngineAnswer[]> {
  const folder = await engine();
  const child = spawn(process.execPath, ["answer.mjs"], { cwd: folder, stdio: ["pipe", "pipe", "inherit"] });
  const out: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
  child.stdin.end(questions.map((question) => `${JSON.stringify(question)}\n`).join(""));
  const code = await new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  if (code !== 0) throw new Error(`the policy engine ended with ${String(code)}`);
  const lines = Buffer.concat(out).toString().trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line) as EngineAnswer);
}
