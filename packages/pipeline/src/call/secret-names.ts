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
 * A name that is not a part of a longer one, what divides it from its value, and the value: a string of JSON, or of JSON in a string of JSON, either of which
 * may be cut off; otherwise what comes before the end of a parameter.
 */
const NAMED = new RegExp(
  `(?<![\\w-])((?:${NAMES})(?:\\\\?"\\s*:|\\s*[=:])\\s*)("(?:[^"\\\\]|\\\\.)*|\\\\"(?:[^"\\\\]|\\\\[^"])*|[^\\s"\\\\&,;}\\]]+)`,
  "gi",
);
const MASK = "*".repeat(20);

/** isSecretName says whether a parameter, member or variable is named as a secret is. */
export const isSecretName = (name: string): boolean => WHOLE_NAME.test(name);

/** withoutNamedSecrets masks the values of what is named as a secret is, in a text with JSON, a form, or pairs as Java prints a map. */
export const withoutNamedSecrets = (text: string): string =>
  text.replace(NAMED, (_whole, head: string, value: string) => {
    const quote = /^\\?"/.exec(value)?.[0] ?? "";
    return value.length === quote.length ? head + value : head + quote + MASK;
  });
