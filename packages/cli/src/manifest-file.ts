import { readdirSync, readFileSync, readSync, statSync } from "node:fs";
import { join } from "node:path";
import { LineCounter, parseAllDocuments, stringify } from "yaml";
import { apiMember, isKind, type Manifest } from "@tollgate/config";
import { CliError, EXIT } from "./output.ts";

const MEMBERS = new Set(["kind", "restApiId", "apiId", "id", "labels", "spec"]);

/** The member that names the API of a kind. Unknown kinds are refused elsewhere. */
const apiMemberOf = (kind: string) => (isKind(kind) ? apiMember(kind) : "restApiId");

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

/** parseManifests reads YAML documents, or JSON, of one entity or a list of entities each. */
export function parseManifests(text: string, file: string): Manifest[] {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines });
  if (!Array.isArray(documents)) return [];
  return documents.flatMap((document) => {
    const [error] = document.errors;
    if (error) throw new CliError(`${file}: ${error.message.split("\n")[0]}`, EXIT.USAGE);
    const line = lines.linePos(document.range[0]).line;
    const value: unknown = document.toJS();
    if (value === null) return [];
    const items: unknown[] = Array.isArray(value) ? value : [value];
    return items.map((item) => checkManifest(item, `${file}:${line}`));
  });
}

function checkManifest(item: unknown, at: string): Manifest {
  if (typeof item !== "object" || item === null || !("kind" in item) || typeof item.kind !== "string")
    throw new CliError(
      `${at}: an entity must be an object with 'kind', such as 'kind: RestApi', and 'spec'`,
      EXIT.USAGE,
    );
  const unknown = Object.keys(item).filter((key) => !MEMBERS.has(key));
  if (unknown.length > 0)
    throw new CliError(
      `${at}: ${item.kind} has an unknown member '${unknown[0]}'; the members of an entity are ${[...MEMBERS].join(", ")}`,
      EXIT.USAGE,
    );
  const { restApiId, ...manifest } = item as Manifest & { readonly restApiId?: string };
  const member = apiMemberOf(item.kind);
  if (member === "restApiId" && manifest.apiId !== undefined)
    throw new CliError(
      `${at}: ${item.kind} belongs to a REST API: use restApiId instead of apiId`,
      EXIT.USAGE,
    );
  return restApiId === undefined ? manifest : { ...manifest, apiId: restApiId };
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
