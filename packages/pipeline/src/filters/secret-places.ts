import type { Call } from "../call/call.ts";
import { type ExecutionLog, isSecretHeader } from "../call/execution-log.ts";
import { queryPairs } from "../values/call-values.ts";

/** SecretPlaces are the headers, in lower case, and the parameters of the query string that callers of a route identify with. */
export interface SecretPlaces {
  readonly headers: ReadonlySet<string>;
  readonly parameters: ReadonlySet<string>;
}

const SOURCE = /^(?:method|route)\.request\.(header|querystring)\.(.+)$/;

/** secretPlacesOf are those of the identity sources of an authorizer. */
export function secretPlacesOf(sources: readonly string[]): SecretPlaces {
  const found = sources.flatMap((source) => {
    const [, place, name] = SOURCE.exec(source) ?? [];
    return name === undefined ? [] : [{ place, name }];
  });
  const namesIn = (wanted: string) => found.flatMap(({ place, name }) => (place === wanted ? [name] : []));
  return {
    headers: new Set(namesIn("header").map((name) => name.toLowerCase())),
    parameters: new Set(namesIn("querystring")),
  };
}

/** hideSecrets keeps what a caller identifies with out of a log, wherever it is in a line: also as a part of a URI. */
export function hideSecrets(
  log: ExecutionLog,
  { headers, query }: Call,
  { headers: secret, parameters }: SecretPlaces,
): void {
  log.hideHeaders(headers);
  for (let i = 0; i < headers.length; i += 2)
    if (secret.has((headers[i] as string).toLowerCase())) log.hide(headers[i + 1] as string);
  for (const [name, value] of queryPairs(query)) {
    // A signature in the query string has what its headers would have.
    if (!parameters.has(name) && !isSecretHeader(name)) continue;
    log.hide(value);
    log.hide(encodeURIComponent(value));
  }
}
