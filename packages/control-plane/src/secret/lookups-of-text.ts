/** How the lookups of a value begin, which are its last member where a sealed store has written it. */
const LOOKUPS = Buffer.from(',"lookups":["');
const LOOKUPS_END = '"]}';
/** Text in which no quotes, escapes or brackets can be. */
const LOOKUP = /^[\w:-]+$/;

/** lookupsOfText returns the lookups that a text ends with, and where what precedes them ends; undefined: it does not end so. */
export function lookupsOfText(
  text: Buffer,
): { readonly at: number; readonly lookups: readonly string[] } | undefined {
  const at = text.lastIndexOf(LOOKUPS);
  if (at < 0) return undefined;
  const rest = text.toString("latin1", at + LOOKUPS.length);
  if (!rest.endsWith(LOOKUPS_END)) return undefined;
  const lookups = rest.slice(0, -LOOKUPS_END.length).split('","');
  return lookups.every((lookup) => LOOKUP.test(lookup)) ? { at, lookups } : undefined;
}
