import type { Call } from "../call/call.ts";
import { type ExecutionLog, isSecretHeader } from "../call/execution-log.ts";
import { isSecretName } from "../call/secret-words.ts";
import { queryPairs } from "../values/call-values.ts";

/** SecretPlaces are where calls of a route have secrets: headers, in lower case, and parameters of the query string, that callers identify with; and values of the stage. */
export interface SecretPlaces {
  readonly headers: ReadonlySet<string>;
  readonly parameters: ReadonlySet<string>;
  readonly values: readonly string[];
}

const SOURCE = /^(?:method|route)\.request\.(header|querystring)\.(.+)$/;

/** secretPlacesOf are the identity sources of an authorizer, and the stage variables that are named as secrets are. */
export function secretPlacesOf(
  sources: readonly string[],
  stageVariables: Readonly<Record<string, string>>,
): SecretPlaces {
  const found = sources.flatMap((source) => {
    const [, place, name] = SOURCE.exec(source) ?? [];
    return name === undefined ? [] : [{ place, name }];
  });
  const namesIn = (wanted: string) => found.flatMap(({ place, name }) => (place === wanted ? [name] : []));
  return {
    headers: new Set(namesIn("header").map((name) => name.toLowerCase())),
    parameters: new Set(namesIn("querystring")),
    values: Object.entries(stageVariables).flatMap(([name, value]) => (isSecretName(name) ? [value] : [])),
  };
}

/** user[password] and token[] are named as password and token are. */
const isSecretParameter = (name: string): boolean =>
  name.split(/[[\].]+/).some((part) => part !== "" && isSecretName(part));

/** hideResult keeps what an authorizer returned under the name of a secret out of a log: mappings may send it under another name. */
export function hideResult({ log, authorizer }: Call): void {
  if (!log || !authorizer) return;
  for (const [name, value] of Object.entries({ ...authorizer.claims, ...authorizer.context }))
    if (isSecretName(name)) log.hide(value);
}

/** hideSecrets keeps what a caller identifies with out of a log, wherever it is in a line: also as a part of a URI. */
export function hideSecrets(
  log: ExecutionLog,
  { headers, query }: Call,
  { headers: secret, parameters, values }: SecretPlaces,
): void {
  for (const value of values) log.hide(value);
  log.hideHeaders(headers);
  for (let i = 0; i < headers.length; i += 2)
    if (secret.has((headers[i] as string).toLowerCase())) log.hide(headers[i + 1] as string);
  for (const [name, value] of queryPairs(query)) {
    // A signature in the query string has what its headers would have.
    if (!parameters.has(name) && !isSecretHeader(name) && !isSecretParameter(name)) continue;
    log.hide(value);
    log.hide(encodeURIComponent(value));
  }
}
