import { HEADERS, isHiddenAt, NAMES, type Place } from "./secret-words.ts";
import { depthOf, endOfBrackets, isAt, placeOfElement, placeOfValue } from "./value-end.ts";

/*
 * Secrets whose name is a value beside theirs: {"name": "password", "value": "..."}, <param name="password" value="..."/>, <key>password</key><string>...</string>,
 * name=password&value=..., [["password", "..."]]. The name may be behind the value. What lies between both is read up to a bound, so that each place is read once.
 */

/** What members and attributes are called that have a name, and that have a value. */
const NAMING = String.raw`[\w-]*(?:attribute|field|header|key|label|name|param(?:eter)?|property|variable)|id|k|n`;
const VALUE = String.raw`[\w-]*(?:content|data|string|text|values?)|default|v|val`;
const SECRET = `${NAMES}|${HEADERS}`;
/** How far from its name a value is looked for. */
const WINDOW_CHARS = 4_096;

const whole = (words: string) => new RegExp(`^(?:${words})$`, "i");
const [IS_NAMING, IS_VALUE, IS_SECRET] = [whole(NAMING), whole(VALUE), whole(SECRET)];

/** A name of a secret that is all of a value, or a part of one as of user[password], or all of an element's name: without one, there is nothing to look for. */
const ANY = new RegExp(
  [
    String.raw`["'>\s.[](?:${SECRET})(?:\s*\\*["'<]|[\].])`,
    String.raw`<(?:[\w.-]+:)?(?:${NAMES})\s`,
    String.raw`(?:=|%5B)(?:${SECRET})(?![\w-])`,
  ].join("|"),
  "i",
);

const BETWEEN_PARTS = /[[\].]+|%5[BD]/i;
const isNameOfSecret = (value: string): boolean =>
  value.split(BETWEEN_PARTS).some((part) => IS_SECRET.test(part.trim()));

/** Entry is a member or an attribute, or an element of XML. */
interface Entry {
  /** Behind what divides it from the one before. */
  readonly begin: number;
  readonly name: string;
  readonly place: Place;
  /** Behind it and what delimits it. */
  readonly next: number;
}
/** Reads the entry that begins at a place; undefined: there is none. */
type ReadEntry = (text: string, at: number) => Entry | undefined;

/** Spaces, also as strings of JSON have them; and a comma. */
const MEMBER =
  /(?<lead>(?:(?:\s|\\+[nrt])*,)?(?:\s|\\+[nrt])*)(?<quote>\\*"|')(?<name>[\w.-]+)\k<quote>\s*:\s*/y;

const readMember: ReadEntry = (text, at) => {
  const head = isAt(MEMBER, text, at);
  const { lead = "", quote = "", name = "" } = head?.groups ?? {};
  const from = MEMBER.lastIndex;
  const place = head ? placeOfValue(text, from, depthOf(quote.length - 1) ?? 0) : undefined;
  if (!place) return undefined;
  const [start, end] = place;
  // A string ends with the quote that it begins with; lists and objects with one bracket.
  return { begin: at + lead.length, name, place, next: Math.min(text.length, end + start - from) };
};

const PAIR = /(?<lead>&|[,;]?\s*)(?<name>[\w.-]+)=(?<value>(?:[^\s"\\&,;}\]]|\](?=[\]&]))*)/y;

const readPair: ReadEntry = (text, at) => {
  const { lead = "", name = "", value = "" } = isAt(PAIR, text, at)?.groups ?? {};
  const next = PAIR.lastIndex;
  return name === ""
    ? undefined
    : { begin: at + lead.length, name, place: [next - value.length, next], next };
};

const ATTRIBUTE = /\s*(?<name>[\w.:-]+)\s*=\s*(?<quote>\\*["'])/y;

const readAttribute: ReadEntry = (text, at) => {
  const { name = "", quote = "" } = isAt(ATTRIBUTE, text, at)?.groups ?? {};
  if (name === "") return undefined;
  const start = ATTRIBUTE.lastIndex;
  const closing = text.indexOf(quote, start);
  const end = closing < 0 ? text.length : closing;
  return { begin: at, name, place: [start, end], next: Math.min(text.length, end + quote.length) };
};

const TAG = /(?<lead>(?:\s|\\+[nrt])*)<(?:[\w.-]+:)?(?<name>[\w.-]+)(?:\s[^<>]*)?>/y;
const CLOSING = /<[^<>]*>/y;

const readElement: ReadEntry = (text, at) => {
  const { lead = "", name } = isAt(TAG, text, at)?.groups ?? {};
  if (name === undefined) return undefined;
  const from = TAG.lastIndex;
  const begin = at + lead.length;
  const place = placeOfElement(text, from, name);
  if (!place) return { begin, name, place: [from, from], next: from };
  return { begin, name, place, next: isAt(CLOSING, text, place[1]) ? CLOSING.lastIndex : place[1] };
};

const ATTRIBUTES = String.raw`\s(?:[^<>"']|"[^"<]*"|'[^'<]*')*`;
/** Where entries begin of which one may have a name, and others values. */
const FIRST = new RegExp(
  [
    String.raw`(?<member>(?:(?<!\\)\\*"|')(?:${NAMING}|${VALUE})(?:\\*"|')\s*:)`,
    String.raw`<(?:[\w.-]+:)?(?<tag>[\w.-]+)(?<attributes>(?:${ATTRIBUTES})?)>`,
    String.raw`(?<![\w.-])(?<pair>(?:${NAMING}|${VALUE})=(?!["'\\]))`,
    String.raw`(?<=[[,]\s{0,99})(?<list>\[\s*(?<quote>\\*"|')(?:${SECRET})\k<quote>\s*,\s*)`,
  ].join("|"),
  "gi",
);

const moved = ([start, end]: Place, by: number): Place => [start + by, end + by];

/** The entries of which the first begins at a place, one behind the other: what they say of a secret. */
class Entries {
  readonly values: Place[] = [];
  isNamed = false;

  /** `starts` get the place of each entry. */
  constructor(text: string, from: number, read: ReadEntry, starts: Set<number>) {
    for (let at = from; ; ) {
      const window = text.slice(at, at + WINDOW_CHARS);
      const entry = read(window, 0);
      if (!entry) return;
      starts.add(at + entry.begin);
      const isValue = IS_VALUE.test(entry.name);
      const isTooLong = entry.next >= window.length && at + window.length < text.length;
      const isOther = !isValue && !this.isNamed;
      this.isNamed ||= isTooLong;
      // The name may be behind what is too long to look behind it.
      if (isTooLong && isOther) return;
      const { name, place, next } = isTooLong ? (read(text.slice(at), 0) ?? entry) : entry;
      this.isNamed ||= IS_NAMING.test(name) && isNameOfSecret(window.slice(...place));
      if (isValue || isTooLong) this.values.push(moved(place, at));
      at += next;
    }
  }
}

const valuesOf = ({ isNamed, values }: Entries): readonly Place[] => (isNamed ? values : []);

/** What an element of XML has that a place begins: by its attributes, and by the elements that follow it. */
function placesOfElement(
  text: string,
  index: number,
  end: number,
  tag: string,
  attributes: string,
  starts: Set<number>,
): readonly Place[] {
  const own = new Entries(text, end - 1 - attributes.length, readAttribute, starts);
  const content = own.isNamed ? placeOfElement(text, end, tag) : undefined;
  const ofTag = own.isNamed || IS_SECRET.test(tag) ? [...own.values, ...(content ? [content] : [])] : [];
  const isEntry = (IS_NAMING.test(tag) || IS_VALUE.test(tag)) && !starts.has(index);
  return isEntry ? [...ofTag, ...valuesOf(new Entries(text, index, readElement, starts))] : ofTag;
}

function placesAt(
  text: string,
  { index, groups = {}, 0: found }: RegExpExecArray,
  starts: Set<number>,
): readonly Place[] {
  const end = index + found.length;
  const { tag, attributes = "", list, pair, quote = "" } = groups;
  if (list !== undefined) return [[end, endOfBrackets(text, end, depthOf(quote.length - 1))]];
  if (tag !== undefined) return placesOfElement(text, index, end, tag, attributes, starts);
  if (starts.has(index)) return [];
  return valuesOf(new Entries(text, index, pair === undefined ? readMember : readPair, starts));
}

/** pairedPlaces are the places of secrets whose name is a value beside theirs, sorted. */
export function pairedPlaces(text: string): readonly Place[] {
  if (!ANY.test(text)) return [];
  const places: Place[] = [];
  const starts = new Set<number>();
  let long: Place = [0, 0];
  for (let first = isAt(FIRST, text, 0); first; first = FIRST.exec(text)) {
    const { index } = first;
    // What a long value has is hidden with it.
    if (index >= long[0] && index < long[1]) {
      FIRST.lastIndex = long[1];
      continue;
    }
    for (const place of placesAt(text, first, starts)) {
      if (isHiddenAt(text, place)) continue;
      places.push(place);
      if (place[1] - place[0] >= WINDOW_CHARS) long = place;
    }
  }
  return places.sort(([one], [other]) => one - other);
}
