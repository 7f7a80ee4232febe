import type { RouteContext } from "./route-context.ts";

// The forms in which a call's path is shown: with the stage or without it, however the API was addressed.

/** What of a call its paths are made of. */
interface Addressed {
  readonly url: string;
  /** Below the stage. */
  readonly path: string;
  readonly isAtDomain: boolean;
  readonly route: { readonly context: Pick<RouteContext, "stageName"> } | undefined;
}

/** The stage that is served without its name in the path. */
export const UNNAMED_STAGE = "$default";

/** pathOfUrl is the path of a URL in origin form, without the query. */
export function pathOfUrl(url: string): string {
  const at = url.indexOf("?");
  return at < 0 ? url : url.slice(0, at);
}

/** A path whose slashes at its start are one. */
const oneSlash = (path: string) => (path.startsWith("//") ? path.replace(/^\/+/, "/") : path);

/** pathWithStage is the path below the API, with the stage where it has a name. */
export function pathWithStage({ route, path }: Addressed): string {
  const stageName = route?.context.stageName ?? UNNAMED_STAGE;
  return stageName === UNNAMED_STAGE ? path : `/${stageName}${path}`;
}

/**
 * fullPath is $context.path: the path with the stage, however the API was addressed; at a custom domain the path that was sent, with its base
 * path.
 */
export const fullPath = (call: Addressed): string =>
  call.isAtDomain || !call.route ? oneSlash(pathOfUrl(call.url)) : pathWithStage(call);

/** shownPath is the path as events show it: without the stage, but with the base path of a custom domain. */
export const shownPath = ({ isAtDomain, url, path }: Addressed): string =>
  oneSlash(isAtDomain ? pathOfUrl(url) : path);
