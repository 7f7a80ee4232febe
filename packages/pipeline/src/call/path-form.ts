/**
 * What is done with a path that servers may resolve to another one: with dot segments, backslashes or a fragment. `refuse`: 400.
 * `normalize`: it is resolved before anything else sees it.
 */
export type AmbiguousPaths = "refuse" | "normalize";

/** All that a plain path has none of, so that most paths are done after one test. */
const NOT_PLAIN = /[^!-~]|[%#\\]|\/\/|\/\.{1,2}(?:[/;]|$)/;
/** Not two hexadecimal digits, or NUL, which ends the path for some. */
const BAD_ENCODING = /%(?:00|(?![0-9A-Fa-f]{2}))/;
/** RFC 3986, 2.3: encoded or not, they are the same. */
const UNRESERVED = /[A-Za-z0-9\-._~]/;
const ENCODED_SEPARATOR = /%2F|%5C|\\/g;
/** Also with a parameter, as `..;x`, which some servers take off first. */
const DOT_SEGMENT = /(?:^|\/)\.{1,2}(?:;[^/]*)?(?=\/|$)/;

/** encodeRaw encodes the bytes that must not be in a request line as they are; the text is latin1, as it came. */
export const encodeRaw = (text: string): string =>
  text.replace(/[^!-~]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`);

/** The one spelling of each encoded octet: unreserved characters are decoded, digits are capital letters. */
const respell = (path: string): string =>
  path.replace(/%[0-9A-Fa-f]{2}/g, (octet) => {
    const character = String.fromCharCode(Number.parseInt(octet.slice(1), 16));
    return UNRESERVED.test(character) ? character : octet.toUpperCase();
  });

/** RFC 3986, 5.2.4, and slashes that follow one another are one. `path` begins with "/". */
function resolveDots(path: string): string {
  const out: string[] = [];
  const segments = path.split("/").slice(1);
  for (const [i, segment] of segments.entries()) {
    const name = segment.replace(/^(\.{1,2});.*$/, "$1");
    const isLast = i === segments.length - 1;
    if (name === "..") out.pop();
    else if (name !== "." && (segment !== "" || isLast)) out.push(segment);
    if (isLast && (name === "." || name === "..")) out.push("");
  }
  return `/${out.join("/")}`;
}

/**
 * normalPath is the one form of a path that route, authorizer, policy, log and upstream share; undefined: the path is refused. What RFC 3986
 * calls equivalent becomes equal; nothing else of a path that is not ambiguous changes.
 */
export function normalPath(path: string, ambiguous: AmbiguousPaths): string | undefined {
  if (!NOT_PLAIN.test(path)) return path;
  const isLenient = ambiguous === "normalize";
  if (!isLenient && /[#\\]/.test(path)) return undefined;
  const raw = encodeRaw(path.replace(/#.*$/s, ""));
  if (BAD_ENCODING.test(raw)) return undefined;
  const respelled = respell(raw);
  const separated = respelled.replace(ENCODED_SEPARATOR, "/");
  if (!DOT_SEGMENT.test(separated))
    return isLenient ? respelled.replace(/\\|%5C/g, "/").replace(/\/{2,}/g, "/") : respelled;
  return isLenient ? resolveDots(separated) : undefined;
}

/** hasDotSegment finds whether a server could resolve a path that goes upstream to another one. */
export const hasDotSegment = (path: string): boolean =>
  DOT_SEGMENT.test(path.replaceAll(/%2E/gi, ".").replace(/%2F|%5C|\\/gi, "/"));

const isResolvable = (path: string): boolean => path.includes("%") || path.includes("//");

/** What a server sees that decodes a path, and makes one slash of several. */
function resolvedPath(path: string): string {
  const separated = path.replace(ENCODED_SEPARATOR, "/").replace(/\/{2,}/g, "/");
  try {
    return decodeURIComponent(separated);
  } catch {
    return decodePrintable(separated);
  }
}

const decodePrintable = (path: string): string =>
  path.replace(/%(2[1-46-9A-F]|[3-6][0-9A-F]|7[0-9A-E])/g, (octet) => decodeURIComponent(octet));

/** RFC 3986, 3.3: some servers take parameters off the segments of a path. */
const withoutParameters = (path: string): string => path.replace(/;[^/]*/g, "").replace(/\/{2,}/g, "/");

/** The other one of two paths that differ by a slash at the end. */
const withOtherEnd = (path: string): string => (path.endsWith("/") ? path.slice(0, -1) : `${path}/`);

/** Of a path that is encoded again and again. */
const READINGS_MAX = 8;

/** hasReadings finds whether servers take a path for others than those that differ from it by a slash at the end. */
export const hasReadings = (path: string): boolean => /[%;]|\/\//.test(path);

/**
 * readingsOf are a path and all others that servers were seen to take it for: those that decode it, merge slashes, take parameters off its
 * segments, or do not care about a slash at the end. `path` is in normal form. Letter case is left to whoever compares.
 */
export function readingsOf(path: string): readonly string[] {
  const readings = new Set([path]);
  // In any order: what is decoded may be a parameter, and what is in a parameter may be encoded.
  for (const one of readings) {
    if (readings.size >= READINGS_MAX) break;
    if (isResolvable(one)) readings.add(resolvedPath(one));
    if (one.includes(";")) readings.add(withoutParameters(one));
  }
  return [...readings].flatMap((one) => (one === "/" ? [one] : [one, withOtherEnd(one)]));
}

/** Of a path that begins with one slash. Most have none of it: they are their resource. */
const IS_SPELLED_OTHERWISE = /[%*$]|\/\/|\/$|^[^/]|^$/;

/** Printable ASCII but for the percent sign and what means something to a policy: `*`, `?` and `$`. */
const decodeForPolicy = (path: string): string =>
  path.replace(/%(2[1-36-9B-F]|3[0-9A-E]|[4-6][0-9A-F]|7[0-9A-E])/g, (octet) => decodeURIComponent(octet));

/**
 * resourceOf is a path as policies see it: what a server resolves it to, without slashes around it. Only printable ASCII is decoded, and the
 * percent sign is not: so each resource has one spelling, and no pattern meets a line break. `*`, `?` and `$` are encoded: an authorizer may
 * return the ARN that it got as the Resource of a policy, which must not be a pattern then.
 */
export const resourceOf = (path: string): string => {
  if (!IS_SPELLED_OTHERWISE.test(path)) return path.slice(1);
  const resolved = isResolvable(path) ? decodeForPolicy(path).replace(/\/{2,}/g, "/") : path;
  return resolved
    .replaceAll("*", "%2A")
    .replaceAll("$", "%24")
    .replace(/^\/+|\/+$/g, "");
};

/** The path of a policy's Resource in the form of resourceOf; `*`, `?` and `${...}` stay the pattern's. */
const patternOf = (path: string): string =>
  decodeForPolicy(
    encodeRaw(Buffer.from(path).toString("latin1"))
      .replace(/%[0-9A-Fa-f]{2}/g, (octet) => octet.toUpperCase())
      .replaceAll("${*}", "%2A")
      .replaceAll("${?}", "%3F")
      .replaceAll("${$}", "%24")
      .replace(/\$(?!\{)/g, "%24"),
  ).replace(/\/{2,}/g, "/");

/** resourcePattern is the Resource of a policy with its path in the form of resourceOf. What names the API and the stage stays: `$default` is a stage. */
export const resourcePattern = (resource: string): string =>
  resource.replace(/^([^/]*\/[^/]*)(\/.*)$/s, (_all, stage: string, path: string) => stage + patternOf(path));

/** decodedSegment is a path parameter as a part of an upstream's path: decoded, but for what would end its segment or the path. */
export const decodedSegment = (raw: string): string =>
  raw.includes("%")
    ? raw.replace(/%(?:[2-7][0-9A-F])/g, (octet) => {
        const character = decodeURIComponent(octet);
        return /[!$&'()*+,:;=@]/.test(character) ? character : octet;
      })
    : raw;
