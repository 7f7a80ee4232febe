import {
  DefinitionError,
  isObject,
  type Json,
  type JsonObject,
  jsonSource,
  yamlSource,
} from "@tollgate/openapi";
import type { Findings, Place } from "./findings.ts";
import { TEMPLATE_YAML } from "./short-forms.ts";
import { shown } from "./shown.ts";
import type { Template } from "./template.ts";

/** Members that name a definition: in a bucket, or in a file beside the template. */
const BODIES: ReadonlyMap<string, string> = new Map(
  Object.entries<string>({ DefinitionUri: "DefinitionBody", BodyS3Location: "Body" }),
);

const isLocal = (path: unknown): path is string => typeof path === "string" && !path.startsWith("s3://");

/** The file that AWS::Include names. */
function includedFile(value: Json): string | undefined {
  const { Name: name, Parameters: parameters } = isObject(value) ? value : ({} as JsonObject);
  const location = isObject(parameters) ? parameters.Location : undefined;
  return name === "AWS::Include" && isLocal(location) ? location : undefined;
}

/** localFilesOf are the files beside a template that it names: definitions, and files of AWS::Include. */
export function localFilesOf({ root }: Template): readonly string[] {
  const files = new Set<string>();
  const look = (value: Json): void => {
    if (Array.isArray(value)) return (value as readonly Json[]).forEach(look);
    if (!isObject(value)) return;
    for (const [name, member] of Object.entries(value)) {
      const included = name === "Fn::Transform" ? includedFile(member) : undefined;
      if (included !== undefined) files.add(included);
      else if (BODIES.has(name) && isLocal(member)) files.add(member);
      else look(member);
    }
  };
  look(root);
  return [...files];
}

/**
 * withLocalFiles replaces the names of files by their contents. A name without a given file stays unchanged, and is reported where it is
 * used.
 */
export function withLocalFiles(template: Template, files: Readonly<Record<string, string>>): Template {
  const { findings } = template;
  const contentOf = (path: string, at: Place): Json | undefined =>
    Object.hasOwn(files, path) ? readFile(path, files[path] ?? "", at, findings) : undefined;
  const resolve = (value: Json, at: Place): Json => {
    if (Array.isArray(value))
      return (value as readonly Json[]).map((item, i) => resolve(item, [...at, shown(i)]));
    if (!isObject(value)) return value;
    const included = "Fn::Transform" in value ? includedFile(value["Fn::Transform"] ?? null) : undefined;
    const content = included === undefined ? undefined : contentOf(included, at);
    // Included members are added to the members beside them.
    if (isObject(content)) {
      const { "Fn::Transform": _include, ...others } = value;
      return resolve({ ...others, ...content }, at);
    }
    return Object.fromEntries(
      Object.entries(value).map(([name, member]): [string, Json] => {
        const body = BODIES.get(name);
        const definition =
          body !== undefined && isLocal(member) ? contentOf(member, [...at, name]) : undefined;
        return definition === undefined || body === undefined
          ? [name, resolve(member, [...at, name])]
          : [body, definition];
      }),
    );
  };
  return { ...template, root: resolve(template.root, []) as JsonObject };
}

function readFile(path: string, text: string, at: Place, findings: Findings): Json | undefined {
  try {
    const isJson = /^\uFEFF?\s*\{\s*["}]/.test(text);
    const { root } = isJson ? jsonSource(text) : yamlSource(text, TEMPLATE_YAML);
    if (isObject(root)) return root;
    findings.add("error", at, `${path} must contain an object`);
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error;
    findings.add("error", at, `${path}: ${error.message}`);
  }
  return undefined;
}
