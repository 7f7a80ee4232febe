import { pairedPlaces } from "./paired-names.ts";
import { HEADERS, isHiddenAt, masked, NAMES, type Place } from "./secret-words.ts";
import { contentOfPart, depthOf, endOfWords, isAt, placeOfElement, placeOfValue } from "./value-end.ts";

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
    String.raw`(?<=<(?:[\w.-]{1,99}:)?)(?<tag>${NAMES})(?:\s[^<>]*)?>`,
    String.raw`(?<![\w-])(?<part>name)\s*=\s*(?<quote>\\*"|'?)(?:[\w-]+\[)?(?:${NAMES})${BRACKETS}\k<quote>(?=[;\s\\])`,
  ].join("|"),
  "gi",
);
/** JSON in a parameter: to the end of the parameter. */
const PARAMETER = /[^\s"\\&]+/y;
/** What precedes a pair on its own: one of a query string in a URL is followed by what is not a part of it. */
const BEFORE_PAIR = /(?:^|[\n&{"]|\\n|[:,] )$/;

function placeOf(text: string, head: RegExpExecArray): Place | undefined {
  const at = head.index + head[0].length;
  const { tag, part, encoded, header, slashes = header } = head.groups ?? {};
  if (tag !== undefined) return placeOfElement(text, at, tag);
  if (part !== undefined) return contentOfPart(text, at);
  if (encoded !== undefined) return [at, at + (isAt(PARAMETER, text, at)?.[0].length ?? 0)];
  if (slashes !== undefined) return placeOfValue(text, at, depthOf(slashes.length));
  const place = placeOfValue(text, at, undefined);
  const isPlain = place?.[0] === at && BEFORE_PAIR.test(text.slice(Math.max(0, head.index - 2), head.index));
  return isPlain ? [at, endOfWords(text, place[1])] : place;
}

/** What is named as a secret is, by what precedes its value. */
function namedPlaces(text: string): readonly Place[] {
  const places: Place[] = [];
  let head = isAt(HEAD, text, 0);
  for (; head; head = HEAD.exec(text)) {
    const place = placeOf(text, head);
    if (!place || isHiddenAt(text, place)) continue;
    places.push(place);
    HEAD.lastIndex = place[1];
  }
  return places;
}

/** Characters of words that are written as JSON, parameters and XML allow for any character. */
const ESCAPED = /(?<!\\)\\+u00([2-7][\da-f])|%([2-7][\da-f])|&#(?:x([2-7][\da-f])|(\d{2,3}));/gi;
/** What each of them begins with: hardly any text has some. */
const ESCAPES = ["\\u00", "%", "&#"];
const IN_WORDS = /[\w-]/;

/** A text in which no character of a name is written as an escape. */
const plainly = (text: string): string =>
  text.replace(ESCAPED, (escaped, json?: string, parameter?: string, xml?: string, decimal?: string) => {
    const char = String.fromCharCode(
      decimal ? Number(decimal) : Number.parseInt(json ?? parameter ?? xml ?? "", 16),
    );
    return IN_WORDS.test(char) ? char : escaped;
  });

function hidden(text: string): string {
  const named = masked(text, namedPlaces(text));
  return masked(named, pairedPlaces(named));
}

/**
 * withoutNamedSecrets masks the values of what is named as a secret is, with all that is nested in them, in a text with JSON, XML, a form, the parts of a multipart
 * form, or pairs as Java prints a map; a name may also be a value beside that of the secret (`{"name": "password", "value": "..."}`). What is cut off is masked to
 * its end. It takes a time in proportion to the text.
 */
export function withoutNamedSecrets(text: string): string {
  const plain = ESCAPES.some((escape) => text.includes(escape)) ? plainly(text) : text;
  if (plain === text) return hidden(text);
  const shown = hidden(plain);
  return shown === plain ? text : shown;
}
