import type { BasePathMapping, HeaderMatch } from "@tollgate/config";
import type { Call } from "../call/call.ts";

/** Whether a value fits a glob with * at its ends. */
function fits(value: string, glob: string): boolean {
  const isSuffix = glob.startsWith("*");
  const isPrefix = glob.length > 1 && glob.endsWith("*");
  const text = glob.slice(isSuffix ? 1 : 0, isPrefix ? -1 : undefined);
  if (isPrefix) return isSuffix ? value.includes(text) : value.startsWith(text);
  return isSuffix ? value.endsWith(text) : value === text;
}

const holds = ({ headers }: Call, { name, valueGlob }: HeaderMatch): boolean =>
  headers.some(
    (given, i) => i % 2 === 0 && given.toLowerCase() === name && fits(headers[i + 1] as string, valueGlob),
  );

/** mappingsFor leaves out the routing rules of a domain whose headers a call does not have (AWS: routing rules). */
export function mappingsFor(mappings: readonly BasePathMapping[], call: Call): readonly BasePathMapping[] {
  // Rules come first: a domain without them is not looked through.
  if (mappings[0]?.headers === undefined) return mappings;
  return mappings.filter(({ headers = [] }) =>
    headers.every((group) => group.some((match) => holds(call, match))),
  );
}
