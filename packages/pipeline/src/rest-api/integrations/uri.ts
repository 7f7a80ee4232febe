import { type Problem, problemAt } from "@tollgate/config/runtime";
import { facts } from "../../engine/facts.ts";
import { compileUri, type ResolveUri, type UriParts } from "../../upstream/upstream-uri.ts";
import type { RestContext } from "../context.ts";

/** compileIntegrationUri prepares the URI of an integration; a part without a source is a problem. */
export function compileIntegrationUri(
  uri: string,
  { stageVariables }: RestContext,
  parts: UriParts,
  at: string,
): { ok: true; resolve: ResolveUri } | { ok: false; problems: readonly Problem[] } {
  const compiled = compileUri(uri, stageVariables, parts);
  if (compiled.ok) return compiled;
  const problems = compiled.unsourced.map((name) =>
    problemAt(`${at}.uri`, facts.URI_PART_UNSOURCED({ name })),
  );
  return { ok: false, problems };
}
