import { DefinitionError, type Finding } from "@tollgate/openapi";
import type { TemplateResource } from "./resource-type.ts";
import type { StackDraft } from "./stack-draft.ts";

/** Largest definition in a template: its own limit is what counts. */
const MAX_BYTES = 32 * 1024 * 1024;

/** DefinitionBody is what a resource says of the definition that it is made of. */
export interface DefinitionBody {
  readonly Body?: unknown;
  readonly BodyS3Location?: unknown;
  readonly FailOnWarnings?: boolean | undefined;
  /** What becomes of the definition's base path. */
  readonly basePath?: string | undefined;
}

/** What is in a bucket is not at hand. */
function checkBucket(
  resource: TemplateResource,
  { BodyS3Location: bucket }: DefinitionBody,
  draft: StackDraft,
) {
  if (bucket !== undefined)
    draft.findings.add(
      "error",
      [...resource.at, "Properties", "BodyS3Location"],
      "buckets cannot be read: name a file beside the template, or write the definition into Body",
    );
}

/** importBody imports the definition of a resource, and tells what there is to tell of it where it stands; undefined: there is none, or it cannot be read. */
export function importBody<O extends { readonly findings: readonly Finding[] }>(
  resource: TemplateResource,
  given: DefinitionBody,
  draft: StackDraft,
  read: (
    text: string,
    options: {
      restApiId: string;
      accountId: string;
      region: string;
      basePath: "ignore" | "prepend" | "split";
      maxBytes: number;
    },
  ) => O,
): O | undefined {
  checkBucket(resource, given, draft);
  const { Body: body, FailOnWarnings: failOnWarnings = false, basePath: mode } = given;
  if (body === undefined) return undefined;
  const at = [...resource.at, "Properties", "Body"];
  try {
    const outcome = read(typeof body === "string" ? body : JSON.stringify(body), {
      restApiId: resource.stableId,
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
