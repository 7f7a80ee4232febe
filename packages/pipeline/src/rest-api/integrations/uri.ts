import type { Problem } from "@tollgate/config";
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
  const problems = compiled.unsourced.map((name) => ({
    path: `${at}.uri`,
    message: `'{${name}}' has no source: add requestParameters 'integration.request.path.${name}', such as 'method.request.path.${name}'`,
  }));
  return { ok: false, problems };
}
