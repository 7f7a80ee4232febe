import { contentOfPart, depthOf, endOfBrackets, endOfString } from "./value-end.ts";

/** Names of secrets in small letters, also behind what else a name begins with: dbPassword, X-Api-Key, new_password. */
const ENDS = [
  "api[_-]?key",
  "passphrase",
  "passw(?:or)?d",
  "private[_-]?key",
  "secret(?:[_-]?(?:access[_-]?)?key)?",
  "(?:access|auth|bearer|id|refresh|security|session)[_-]?token",
].join("|");
/** How parameters of queries and forms, members of JSON and stage variables are named that have secrets, in small letters. */
const NAMES = ["client[_-]?assertion", "jwt", "token", "x-amz-signature", `[\\w-]*(?:${ENDS})`].join("|");
/** Headers in JSON. Lines of the log show the ends of those that a call has. */
const HEADERS = "(?:proxy-)?authorization|(?:set-)?cookie";

const WHOLE_NAME = new RegExp(`^(?:${NAMES})$`, "i");
/** Where names begin: also behind what is escaped in JSON (\n) or in a parameter (%22). */
const BEGIN = String.raw`(?:(?<![\w-])|(?<=\\[nrt]|%[\da-f]{2}))`;
/** user[password] and token[] are parameters, too. */
const BRACKETS = String.raw`(?:\[\w*\]|%5B\w*%5D|\]|%5D)*`;
/**
 * What precedes a value: a name and what divides it from its value, in JSON, pairs, attributes, or JSON in a parameter; a tag of XML; or the name of a part of
 * a multipart form.
 */
const HEAD = new RegExp(
  [
    String.raw`${BEGIN}(?:${NAMES})(?:(?<slashes>\\*)"\s*:|(?<encoded>(?:%5C)*%22(?:\s|\+|%20|%0A|%0D|%09)*%3A)|'\s*:|${BRACKETS}\s*[=:])\s*`,
    String.raw`(?<=(?<header>\\*)")(?:${HEADERS})\k<header>"\s*:\s*`,
    String.raw`(?<=[<:])(?<tag>${NAMES})(?:\s[^<>]*)?>`,
    String.raw`(?<![\w-])(?<part>name)\s*=\s*(?<quote>\\*"|'?)(?:[\w-]+\[)?(?:${NAMES})${BRACKETS}\k<quote>(?=[;\s\\])`,
  ].join("|"),
  "gi",
);
const STRING = /(\\*)"/y;
const BRACKET = /[[{]/y;
const NUMBER = /[^\s"\\&,;}\]]+/y;
/** A value without quotes. What ends it in a list, a map or a string is a part of it where more of it follows. */
const PLAIN = /(?:[^\s"\\&,;}\]]|[,;}\]](?![\s"\\&,;}\]]|$)|"(?![\s"\\&,;:}\]/>]|$)|\\+(?!["\\]|$))+/y;
const APOSTROPHES = /'((?:[^'\\]|\\.)*)/sy;
/** JSON in a parameter: to the end of the parameter. */
const PARAMETER = /[^\s"\\&]+/y;
const MASK = "*".repeat(20);
/** What is hidden by its value shows its end. */
const HIDDEN = /^\s*$|^\*{20}.{0,6}$/;

/** isSecretName says whether a parameter, member or variable is named as a secret is. */
export const isSecretName = (name: string): boolean => WHOLE_NAME.test(name);

type Place = readonly [start: number, end: number];

const isAt = (pattern: RegExp, text: string, at: number): RegExpExecArray | null => {
  pattern.lastIndex = at;
  return pattern.exec(text);
};

/** Where a value is that begins at a place, without what delimits it. */
function placeOfValue(text: string, at: number, depth: number | undefined): Place | undefined {
  const string = isAt(STRING, text, at);
  if (string) {
    const start = at + string[0].length;
    const own = depthOf((string[1] as string).length);
    // Behind a name in quotes, a quote with fewer backslashes ends the string that both are in.
    if (own === undefined || (depth !== undefined && own < depth)) return undefined;
    return [start, endOfString(text, start, own)];
  }
  if (isAt(BRACKET, text, at)) return [at + 1, endOfBrackets(text, at + 1, depth)];
  const inApostrophes = isAt(APOSTROPHES, text, at);
  if (inApostrophes) return [at + 1, at + inApostrophes[0].length];
  const plain = isAt(depth === undefined ? PLAIN : NUMBER, text, at);
  return plain ? [at, at + plain[0].length] : undefined;
}

/** What an element of XML has, with all elements in it. */
function placeOfElement(text: string, at: number, tag: string): Place | undefined {
  if (text[at - 2] === "/") return undefined;
  const closing = new RegExp(String.raw`</(?:[\w.-]+:)?${tag}\s*>`, "gi");
  return [at, isAt(closing, text, at)?.index ?? text.length];
}

function placeOf(text: string, head: RegExpExecArray): Place | undefined {
  const at = head.index + head[0].length;
  const { tag, part, encoded, header, slashes = header } = head.groups ?? {};
  if (tag !== undefined) return placeOfElement(text, at, tag);
  if (part !== undefined) return contentOfPart(text, at);
  if (encoded !== undefined) return [at, at + (isAt(PARAMETER, text, at)?.[0].length ?? 0)];
  return placeOfValue(text, at, slashes === undefined ? undefined : depthOf(slashes.length));
}

/**
 * withoutNamedSecrets masks the values of what is named as a secret is, with all that is nested in them, in a text with JSON, XML, a form, the parts of a multipart
 * form, or pairs as Java prints a map. What is cut off is masked to its end. It takes a time in proportion to the text.
 */
export function withoutNamedSecrets(text: string): string {
  let shown = "";
  let from = 0;
  let head = isAt(HEAD, text, 0);
  for (; head; head = HEAD.exec(text)) {
    const place = placeOf(text, head);
    if (!place || HIDDEN.test(text.slice(...place))) continue;
    const [start, end] = place;
    shown += text.slice(from, start) + MASK;
    from = end;
    HEAD.lastIndex = end;
  }
  return from === 0 ? text : shown + text.slice(from);
}
