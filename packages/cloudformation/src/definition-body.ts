import { DefinitionError, type Finding } from "@tollgate/openapi";
import type { StackDraft } from "./stack-draft.ts";
import type { TemplateResource } from "./template-resource.ts";

/** Largest definition in a template: only the template's own limit applies. */
const MAX_BYTES = 32 * 1024 * 1024;

/** DefinitionBody has the properties of a resource that contain or name its definition. */
export interface DefinitionBody {
  readonly body?: unknown;
  readonly bodyS3Location?: unknown;
  readonly failOnWarnings?: boolean | undefined;
  /** How the definition's base path is treated. */
  readonly basePath?: string | undefined;
}

/** The name of an object in a bucket, as s3://bucket/key; undefined: it is not such a name. */
function objectName(location: unknown): string | undefined {
  if (typeof location === "string") return /^s3:\/\/[^/]+\/[^?]+/.exec(location)?.[0];
  const { Bucket: bucket, Key: key } = (location ?? {}) as {
    readonly Bucket?: unknown;
    readonly Key?: unknown;
  };
  return typeof bucket === "string" && typeof key === "string" ? `s3://${bucket}/${key}` : undefined;
}

/** The definition as a string: from the template, or the file that was given for an object in a bucket. */
function textOf(
  resource: TemplateResource,
  { body, bodyS3Location: location }: DefinitionBody,
  draft: StackDraft,
): string | undefined {
  if (body !== undefined) return typeof body === "string" ? body : JSON.stringify(body);
  if (location === undefined) return undefined;
  const name = objectName(location);
  const text = name === undefined ? undefined : draft.file(name);
  const [, bucket = "NAME"] = /^s3:\/\/([^/]+)/.exec(name ?? "") ?? [];
  if (text === undefined)
    draft.findings.add(
      "error",
      [...resource.at, "Properties", "BodyS3Location"],
      name === undefined
        ? "must be s3://bucket/key, Bucket and Key, or the name of a file beside the template"
        : `${name} is not available: give a folder with the content of the bucket (tollgate apply --bucket ${bucket}=FOLDER), name a file beside the template, or put the definition into Body`,
    );
  return text;
}

/**
 * importBody imports the definition of a resource, and reports its findings at its place in the template; undefined: there is none, or it
 * is not valid.
 */
export function importBody<O extends { readonly findings: readonly Finding[] }>(
  resource: TemplateResource,
  given: DefinitionBody,
  draft: StackDraft,
  read: (
    text: string,
    options: {
      apiId: string;
      accountId: string;
      region: string;
      basePath: "ignore" | "prepend" | "split";
      maxBytes: number;
    },
  ) => O,
): O | undefined {
  const { failOnWarnings = false, basePath: mode } = given;
  const text = textOf(resource, given, draft);
  if (text === undefined) return undefined;
  const at = [...resource.at, "Properties", given.body === undefined ? "BodyS3Location" : "Body"];
  try {
    const outcome = read(text, {
      apiId: resource.stableId,
      accountId: draft.stack.accountId,
      region: draft.stack.region,
      basePath: mode === "prepend" || mode === "split" ? mode : "ignore",
      maxBytes: MAX_BYTES,
    });
    for (const { level, pointer, message } of outcome.findings) {
      const path = pointer
        .split("/")
        .slice(1)
        .map((one) => one.replaceAll("~1", "/").replaceAll("~0", "~"));
      draft.findings.add(level === "warning" && failOnWarnings ? "error" : level, [...at, ...path], message);
    }
    return outcome;
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error;
    draft.findings.add("error", at, error.message);
    return undefined;
  }
}
