import { type Expression, type RequestValues, stageVariable } from "@tollgate/mapping";

/** UpstreamUri is where a call goes. */
export interface UpstreamUri {
  readonly origin: string;
  readonly path: string;
  /** Without "?"; empty where there is none. */
  readonly query: string;
}

/** ResolveUri fills a URI; `overrides` are path parts that a template set. */
export type ResolveUri = (
  values: RequestValues,
  overrides?: ReadonlyMap<string, string>,
) => UpstreamUri | undefined;

export interface UriParts {
  /** Sources of the parts {name}. */
  readonly path: ReadonlyMap<string, Expression<RequestValues>>;
  /** A template may set parts that have no source. */
  readonly overridable: boolean;
}

/** CompiledUri is a URI that can be filled, or the names of its parts that have no source. */
export type CompiledUri =
  | { readonly ok: true; readonly resolve: ResolveUri }
  | { readonly ok: false; readonly unsourced: readonly string[] };

/** replaceStageVariables puts stage variables into a string; a missing one is empty, as on AWS. */
export const replaceStageVariables = (text: string, variables: Readonly<Record<string, string>>): string =>
  text.replace(
    /\$\{stageVariables\.([A-Za-z0-9_]+)\}/g,
    (_all, name: string) => stageVariable(variables, name) ?? "",
  );

function parse(uri: string): UpstreamUri | undefined {
  const url = URL.canParse(uri) ? new URL(uri) : undefined;
  if (!url || (url.protocol !== "http:" && url.protocol !== "https:")) return undefined;
  // The path is taken from the text: URL would resolve dots and encode what AWS sends as it is.
  const rest = uri
    .slice(uri.indexOf("//") + 2)
    .replace(/^[^/?#]*/, "")
    .replace(/#.*$/s, "");
  const at = rest.indexOf("?");
  const path = at < 0 ? rest : rest.slice(0, at);
  return { origin: url.origin, path: path === "" ? "/" : path, query: at < 0 ? "" : rest.slice(at + 1) };
}

/** All but the printable ASCII characters other than #: what must not be in a request line as it is. */
const UNSAFE = /[^!"$-~]/gu;
const escapeUnsafe = (text: string) =>
  text.replace(UNSAFE, (character) => encodeURIComponent(character.toWellFormed()));

/**
 * compileUri prepares an integration's URI: stage variables are put in now, {name} parts at each call from the request parameters
 * integration.request.path.{name}. The result's origin is constant unless a part is in it. A URI that is invalid after stage variables
 * resolves to undefined: AWS responds with 500 then.
 */
export function compileUri(
  uri: string,
  stageVariables: Readonly<Record<string, string>>,
  { path: pathParameters, overridable }: UriParts,
): CompiledUri {
  const text = replaceStageVariables(uri, stageVariables);
  const names = [...text.matchAll(/\{([^}]+)\}/g)].map((m) => (m[1] as string).replace(/\+$/, ""));
  const unsourced = overridable ? [] : names.filter((name) => !pathParameters.has(name));
  if (unsourced.length > 0) return { ok: false, unsourced };
  if (names.length === 0) {
    const constant = parse(text);
    return { ok: true, resolve: () => constant };
  }
  const fill = (template: string, values: RequestValues, overrides?: ReadonlyMap<string, string>): string =>
    template.replace(/\{([^}]+)\}/g, (_all, part: string) => {
      const name = part.replace(/\+$/, "");
      const value = overrides?.get(name) ?? pathParameters.get(name)?.(values);
      return escapeUnsafe(typeof value === "string" ? value : (value?.at(-1) ?? ""));
    });
  const authorityEnd = /^https?:\/\/[^/?]*/i.exec(text)?.[0].length ?? 0;
  if (text.slice(0, authorityEnd).includes("{"))
    return { ok: true, resolve: (values, overrides) => parse(fill(text, values, overrides)) };
  const fixed = parse(text);
  if (!fixed) return { ok: true, resolve: () => undefined };
  return {
    ok: true,
    resolve: (values, overrides) => ({
      origin: fixed.origin,
      path: fill(fixed.path, values, overrides),
      query: fill(fixed.query, values, overrides),
    }),
  };
}
