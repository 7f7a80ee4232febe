import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CACHE, onceAtATime, run } from "../kit/cache.ts";

const PACKAGES = ["aws-cdk-lib@2.276.0", "constructs@10.8.1"];
const STACKS = fileURLToPath(new URL("cdk/synthesize.mjs", import.meta.url));

/** The folder in which the CDK is installed, once; none of its scripts is run. */
const cdkFolder = (): Promise<string> => onceAtATime("cdk", installCdk);

async function installCdk(): Promise<string> {
  const folder = join(CACHE, PACKAGES.join("-"));
  if (existsSync(folder)) return folder;
  const part = `${folder}.part`;
  await rm(part, { recursive: true, force: true });
  await mkdir(part, { recursive: true });
  await run("npm", ["install", "--silent", "--no-audit", "--ignore-scripts", "--prefix", part, ...PACKAGES]);
  await rename(part, folder);
  return folder;
}

/** cdkTemplates are what the CDK synthesizes of typical stacks: file name -> template. */
export async function cdkTemplates(): Promise<ReadonlyMap<string, string>> {
  const out = mkdtempSync(join(tmpdir(), "tollgate-cdk-"));
  try {
    await run(process.execPath, [STACKS, await cdkFolder(), out], { maxBuffer: 64 << 20 });
    const files = readdirSync(out).filter((name) => name.endsWith(".json"));
    return new Map(files.map((file) => [file, readFileSync(join(out, file), "utf8")]));
  } finally {
    rmSync(out, { recursive: true });
  }
}
