import type { Call } from "../call/call.ts";
import { canonicalName, HeaderRule, headerRule } from "../call/header-rules.ts";
import { GATEWAY_HEADERS, gatewayHeaders } from "./gateway-headers.ts";

/** Formats of events, by what they show of a request's headers. */
export type EventFormat = "1.0" | "2.0";

/** Names that format 1.0 writes in one casing whatever the client wrote. */
const normalized = new Map([
  ["authorization", "Authorization"],
  ["user-agent", "User-Agent"],
]);

/** What events of format 1.0 do not show as the client sent it. */
const isReplaced = (name: string, lowerName: string) =>
  (headerRule(name) & HeaderRule.REMOVED) !== 0 || GATEWAY_HEADERS.has(lowerName);

/** headerPairs are the client's headers as events of format 1.0 show them, and those of the gateway. `headers`: as a mapping left them. */
export function headerPairs(call: Call, headers = call.headers): [string, string][] {
  const pairs: [string, string][] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    const lower = name.toLowerCase();
    if (!isReplaced(name, lower)) pairs.push([normalized.get(lower) ?? name, headers[i + 1] as string]);
  }
  pairs.push(...gatewayHeaders(call));
  return pairs;
}

/** joinedHeaderPairs are the same for format 2.0: lower-cased names, cookies apart. */
export function joinedHeaderPairs(
  call: Call,
  headers = call.headers,
): { pairs: [string, string][]; cookies: readonly string[] } {
  const pairs: [string, string][] = [];
  const cookies: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const name = (headers[i] as string).toLowerCase();
    const value = headers[i + 1] as string;
    if (name === "cookie") cookies.push(...value.split(";").flatMap((cookie) => cookie.trim() || []));
    else if (!GATEWAY_HEADERS.has(name)) pairs.push([name, value]);
  }
  for (const [name, value] of gatewayHeaders(call)) pairs.push([name.toLowerCase(), value]);
  return { pairs, cookies };
}

/** headerNamed is all of one header as the client sent it: names and values alternate. `spelled` is how names are shown; left out: as sent. */
function headerNamed({ headers }: Call, lowerName: string, spelled?: string): readonly string[] {
  const found: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    if (name.length === lowerName.length && name.toLowerCase() === lowerName)
      found.push(spelled ?? name, headers[i + 1] as string);
  }
  return found;
}

/**
 * compileShownHeader reads all that events of a format show of one header: its names, as they are spelled there, and values, which
 * alternate. A header that the gateway sets itself is the gateway's, whatever the client sent.
 */
export function compileShownHeader(name: string, format: EventFormat): (call: Call) => readonly string[] {
  const wanted = name.toLowerCase();
  if (GATEWAY_HEADERS.has(wanted))
    return (call) => gatewayHeaders(call).find(([own]) => own.toLowerCase() === wanted) ?? [];
  if (format === "1.0" && isReplaced(wanted, wanted)) return () => [];
  const spelled = format === "1.0" ? normalized.get(wanted) : wanted;
  return (call) => headerNamed(call, wanted, spelled);
}

/** headerLike is the same of all headers that some servers take for one: with `_` for `-`. */
function headerLike({ headers }: Call, canonical: string): readonly string[] {
  const found: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    if (name.length === canonical.length && canonicalName(name) === canonical)
      found.push(name, headers[i + 1] as string);
  }
  return found;
}

/** compileUpstreamHeader reads all that any upstream may see of one header, in the same form: what the client sent, and what the gateway sets. */
export function compileUpstreamHeader(name: string): (call: Call) => readonly string[] {
  const wanted = canonicalName(name);
  if (!GATEWAY_HEADERS.has(name.toLowerCase())) return (call) => headerLike(call, wanted);
  const own = compileShownHeader(name, "1.0");
  return (call) => [...headerLike(call, wanted), ...own(call)];
}
