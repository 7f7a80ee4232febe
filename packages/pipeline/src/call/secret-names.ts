import { contentOfPart, depthOf, endOfBrackets, endOfString } from "./value-end.ts";

/** How parameters of queries and forms, members of JSON and stage variables are named that have secrets, in small letters. */
const NAMES = [
  "access[_-]?token",
  "api[_-]?key",
  "client[_-]?secret",
  "id[_-]?token",
  "passphrase",
  "passw(?:or)?d",
  "private[_-]?key",
  "refresh[_-]?token",
  "secret(?:[_-]?(?:access[_-]?)?key)?",
  "session[_-]?token",
  "token",
  "x-amz-signature",
].join("|");

const WHOLE_NAME = new RegExp(`^(?:${NAMES})$`, "i");
/**
 * What precedes a value: a name that is not a part of a longer one and what divides it from its value, in JSON, pairs or attributes; a tag of XML; or the name
 * of a part of a multipart form.
 */
const HEAD = new RegExp(
  [
    String.raw`(?<![\w-])(?:${NAMES})(?:(?<slashes>\\*)"\s*:|\s*[=:])\s*`,
    String.raw`(?<=[<:])(?<tag>${NAMES})(?:\s[^<>]*)?>`,
    String.raw`(?<![\w-])(?<part>name)=(?<quote>\\*"?)(?:${NAMES})\k<quote>(?=[;\s\\])`,
  ].join("|"),
  "gi",
);
const STRING = /(\\*)"/y;
const BRACKET = /[[{]/y;
const PLAIN = /[^\s"\\&,;}\]]+/y;
const MASK = "*".repeat(20);

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
  const plain = isAt(PLAIN, text, at);
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
  const { slashes, tag, part } = head.groups ?? {};
  if (tag !== undefined) return placeOfElement(text, at, tag);
  if (part !== undefined) return contentOfPart(text, at);
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
    if (!place || text.slice(...place).trim() === "") continue;
    const [start, end] = place;
    shown += text.slice(from, start) + MASK;
    from = end;
    HEAD.lastIndex = end;
  }
  return from === 0 ? text : shown + text.slice(from);
}
