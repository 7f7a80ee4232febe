import { type Expression, JsonBody, type RequestValues, stageVariable } from "@tollgate/mapping";
import { deny, Refused } from "../call/errors.ts";
import { hasDotSegment } from "../call/path-form.ts";

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

const NO_BODY = new JsonBody("");

/** noValues is for URIs without parts. */
export const noValues: RequestValues = {
  body: () => NO_BODY,
  pathParameter: () => undefined,
  queryParameter: () => [],
  header: () => [],
  contextVariable: () => undefined,
};

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

/** All but the printable ASCII characters other than # and the backslash: what must not be in a request line as it is. */
const UNSAFE = /[^!"$-[\]-~]/gu;
const escapeUnsafe = (text: string) =>
  text.replace(UNSAFE, (character) => encodeURIComponent(character.toWellFormed()));
/** A value in a path does not end it. */
const escapeInPath = (text: string) => escapeUnsafe(text).replaceAll("?", "%3F");
/** A value in the place of a host names a host, and perhaps its port. */
const IN_AUTHORITY = /^[A-Za-z0-9._:[\]-]*$/;
const outside = deny("DEFAULT_4XX");

/** refuseDotSegments refuses a call whose values make a path that a server resolves to another one. */
export function refuseDotSegments(path: string): string {
  if (hasDotSegment(path)) throw new Refused(outside, "the path of the upstream has dot segments");
  return path;
}

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
  const fill = (template: string, escape: (value: string) => string, { values, overrides }: Filling) =>
    template.replace(/\{([^}]+)\}/g, (_all, part: string) => {
      const name = part.replace(/\+$/, "");
      const value = overrides?.get(name) ?? pathParameters.get(name)?.(values);
      return escape(typeof value === "string" ? value : (value?.at(-1) ?? ""));
    });
  const [authority = ""] = /^https?:\/\/[^/?]*/i.exec(text) ?? [];
  if (!authority.includes("{")) {
    const fixed = parse(text);
    return {
      ok: true,
      resolve: (values, overrides) => fixed && fillParts(fixed, fill, { values, overrides }),
    };
  }
  const anyHost = parse(text.replace(authority, "http://host"));
  return {
    ok: true,
    resolve(values, overrides) {
      let isHost = true;
      const inAuthority = (value: string) => {
        isHost &&= IN_AUTHORITY.test(value);
        return value;
      };
      const { origin } = parse(fill(authority, inAuthority, { values, overrides })) ?? {};
      if (!isHost || origin === undefined || !anyHost) return undefined;
      return fillParts({ ...anyHost, origin }, fill, { values, overrides });
    },
  };
}

interface Filling {
  readonly values: RequestValues;
  readonly overrides: ReadonlyMap<string, string> | undefined;
}

type Fill = (template: string, escape: (value: string) => string, filling: Filling) => string;

/** A URI with its parts filled, in its path and query. */
function fillParts({ origin, path, query }: UpstreamUri, fill: Fill, filling: Filling): UpstreamUri {
  const filled = path.includes("{") ? refuseDotSegments(fill(path, escapeInPath, filling)) : path;
  return { origin, path: filled, query: query.includes("{") ? fill(query, escapeUnsafe, filling) : query };
}
