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
export const NAMES = ["client[_-]?assertion", "jwt", "token", "x-amz-signature", `[\\w-]*(?:${ENDS})`].join(
  "|",
);
/** Headers in JSON. Lines of the log show the ends of those that a call has. */
export const HEADERS = "(?:proxy-)?authorization|(?:set-)?cookie";

const WHOLE_NAME = new RegExp(`^(?:${NAMES})$`, "i");

/** isSecretName says whether a parameter, member or variable is named as a secret is. */
export const isSecretName = (name: string): boolean => WHOLE_NAME.test(name);

const MASK = "*".repeat(20);
/** What is hidden by its value shows its end. */
const HIDDEN = /^\s*$|^\*{20}.{0,6}$/;

/** Of a short value, the end would be most of it. */
const END_SHOWN_FROM_CHARS = 16;

/** maskedValue shows the end of a secret only, and nothing of a short one. */
export const maskedValue = (value: string): string =>
  MASK + (value.length < END_SHOWN_FROM_CHARS ? "" : value.slice(-6));

/** Place is where something is in a text: its first character, and the one behind its last. */
export type Place = readonly [start: number, end: number];

/** isHiddenAt says whether nothing is left to hide at a place. */
export const isHiddenAt = (text: string, place: Place): boolean => HIDDEN.test(text.slice(...place));

/** masked is a text with a mask for each of some places, which are sorted; those that overlap have one. */
export function masked(text: string, places: readonly Place[]): string {
  let shown = "";
  let from = 0;
  for (const [start, end] of places) {
    if (start >= from) shown += text.slice(from, start) + MASK;
    from = Math.max(from, end);
  }
  return from === 0 ? text : shown + text.slice(from);
}
