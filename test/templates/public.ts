import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { publicRepository } from "../kit/repository.ts";

interface Source {
  readonly name: string;
  readonly commit: string;
  /** Paths of the files in the repository. */
  readonly templates: readonly string[];
}

const SOURCES = new URL("./public-templates.json", import.meta.url);

/** What Tollgate refuses of public templates, and why that is intended. */
export const REFUSED: readonly (readonly [message: RegExp, why: string])[] = [
  [
    /is not a domain of this template/,
    "the mappings of a domain are parts of it, and a stack has what is its own",
  ],
  [/^line .*give the value of .* with --parameter/, "the gateway needs a value that only AWS knows"],
  [/geoMatchStatement/, "there is no database of countries"],
];

/** publicTemplates are templates with APIs that others have published: repository and path -> text. git fetches them, once. */
export async function publicTemplates(): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const { name, commit, templates } of JSON.parse(readFileSync(SOURCES, "utf8")) as Source[]) {
    const folder = await publicRepository({ name, commit, paths: [...new Set(templates.map(dirname))] });
    for (const path of templates) found.set(`${name}/${path}`, readFileSync(join(folder, path), "utf8"));
  }
  return found;
}
