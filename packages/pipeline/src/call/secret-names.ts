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
 * The content of a string of JSON that is within so many other strings of JSON, after the quote that begins it, up to its end or that of a text that is
 * cut off. No character can be read by two parts of it.
 */
function contentOfString(depth: number): string {
  const backslash = `\\\\{${2 * 2 ** depth}}`;
  const quote = `\\\\{${2 * 2 ** depth - 1}}"`;
  const escape = `\\\\{${2 ** depth}}(?=[^"\\\\])`;
  return `(?:[^"\\\\]|${backslash}|${quote}|${escape})*`;
}

/** How many strings of JSON within each other are looked into: a body in an event of a function is in one. */
const DEPTHS = [0, 1, 2] as const;
const quoteOf = (depth: number): string => `${"\\\\".repeat(2 ** depth - 1)}"`;
const stringOf = (depth: number): string => `${quoteOf(depth)}${contentOfString(depth)}`;
const STRING = DEPTHS.map(stringOf).join("|");
/** With all that is in it, up to the end of what is innermost. */
const LIST = `[[{](?:${DEPTHS.map((depth) => stringOf(depth) + quoteOf(depth)).join("|")}|[^\\]}"\\\\])*(?:${STRING})?`;

/**
 * A name that is not a part of a longer one, what divides it from its value, and the value: a string, a list or an object of JSON, which may be cut off; the
 * text of an XML element; otherwise what comes before the end of a parameter.
 */
const NAMED = new RegExp(
  [
    `(?<![\\w-])((?:${NAMES})(?:\\\\*"\\s*:|\\s*[=:])\\s*)`,
    `(${STRING}|${LIST}|[^\\s"\\\\&,;}\\]]+)`,
    `|(?<=[<:])((?:${NAMES})(?:\\s[^<>]*)?>)([^<]+)`,
  ].join(""),
  "gi",
);
const MASK = "*".repeat(20);

/** isSecretName says whether a parameter, member or variable is named as a secret is. */
export const isSecretName = (name: string): boolean => WHOLE_NAME.test(name);

/** withoutNamedSecrets masks the values of what is named as a secret is, in a text with JSON, XML, a form, or pairs as Java prints a map. */
export const withoutNamedSecrets = (text: string): string =>
  text.replace(NAMED, (_whole, head = "", value = "", tag = "", content = "") => {
    const before = `${head as string}${tag as string}`;
    const given = `${value as string}${content as string}`;
    const start = /^(?:\\*"|[[{])/.exec(given)?.[0] ?? "";
    return given.length === start.length || given.trim() === "" ? before + given : before + start + MASK;
  });
