import { readdirSync, readFileSync, readSync, statSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import type { Manifest } from "@tollgate/config";
import {
  apiMemberOf,
  ManifestTextError,
  parseManifests as readManifests,
} from "@tollgate/config/manifest-text";
import { CliError, EXIT } from "./output.ts";

const STANDARD_INPUT = 0;
const RETRY_MS = 5;

/** Standard input may be a non-blocking pipe: data that has not arrived yet is waited for. */
function readStandardInput(): string {
  const chunks: Buffer[] = [];
  const buffer = Buffer.alloc(64 * 1024);
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (;;)
    try {
      const size = readSync(STANDARD_INPUT, buffer);
      if (size === 0) return Buffer.concat(chunks).toString("utf8");
      chunks.push(Buffer.from(buffer.subarray(0, size)));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
      Atomics.wait(pause, 0, 0, RETRY_MS);
    }
}

/** readText reads a file, or standard input for "-". */
export function readText(file: string): string {
  try {
    return file === "-" ? readStandardInput() : readFileSync(file, "utf8");
  } catch (error) {
    throw new CliError(`cannot read ${file}: ${(error as Error).message}`, EXIT.USAGE);
  }
}

const isManifestFile = (name: string) => /\.(ya?ml|json)$/i.test(name);

/** readTexts reads files and folders: of a folder, the YAML and JSON files in it, in the order of their names. */
export function readTexts(names: readonly string[]): { file: string; text: string }[] {
  return names.flatMap((name) => {
    if (name === "-" || !statSync(name, { throwIfNoEntry: false })?.isDirectory())
      return [{ file: name, text: readText(name) }];
    const files = readdirSync(name).filter(isManifestFile).sort();
    if (files.length === 0)
      throw new CliError(`${name} is a folder without .yaml, .yml or .json files`, EXIT.USAGE);
    return files.map((file) => ({ file: join(name, file), text: readText(join(name, file)) }));
  });
}

/** parseManifests reads the manifests of a file. */
export function parseManifests(text: string, file: string): Manifest[] {
  try {
    return readManifests(text, file);
  } catch (error) {
    if (error instanceof ManifestTextError) throw new CliError(error.message, EXIT.USAGE);
    throw error;
  }
}

/** written gives a manifest the member names and the order that files use. */
export const written = ({ kind, apiId, ...rest }: Manifest): object => ({
  kind,
  ...(apiId ? { [apiMemberOf(kind)]: apiId } : {}),
  ...rest,
});

/** toManifest converts an entity to the form that files use. */
export function toManifest(entity: {
  kind: string;
  apiId: string;
  id: string;
  labels: Record<string, string>;
  specJson: string;
}): object {
  const { kind, apiId, id, labels, specJson } = entity;
  const named = Object.keys(labels).length > 0 ? { labels } : {};
  return written({ kind, apiId, id, ...named, spec: JSON.parse(specJson || "{}") as unknown });
}

export const toYaml = (manifests: readonly object[]): string =>
  manifests
    .map((manifest) => stringify(manifest))
    .join("---\n")
    .trimEnd();
