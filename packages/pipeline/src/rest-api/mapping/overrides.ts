import { JavaList, type Overrides, SilentMap, type Value } from "@tollgate/mapping";
import { headerValue } from "../../values/header-value.ts";

/** RequestOverrides is what a request template set, in the form in which it is sent. */
export interface RequestOverrides {
  /** By lower-cased name. */
  readonly headers: ReadonlyMap<string, readonly [name: string, value: string]>;
  readonly query: ReadonlyMap<string, readonly string[]>;
  readonly path: ReadonlyMap<string, string>;
}

export const NO_OVERRIDES: RequestOverrides = { headers: new Map(), query: new Map(), path: new Map() };

const textOf = (value: Value): string => (value === null ? "" : String(value));
const itemsOf = (value: Value): readonly string[] =>
  value instanceof JavaList ? value.items.map(textOf) : [textOf(value)];
const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

function headersOf(map: Value | undefined): Map<string, readonly [string, string]> {
  const headers = new Map<string, readonly [string, string]>();
  for (const [key, value] of map instanceof SilentMap ? map : []) {
    const name = textOf(key);
    if (HEADER_NAME.test(name))
      headers.set(name.toLowerCase(), [name, headerValue(itemsOf(value).join(","))]);
  }
  return headers;
}

/** readRequestOverrides reads $context.requestOverride. */
export function readRequestOverrides(overrides: Overrides | undefined): RequestOverrides {
  if (!overrides) return NO_OVERRIDES;
  const part = (name: string): Iterable<[Value, Value]> => {
    const map = overrides.request.get(name);
    return map instanceof Map ? map : [];
  };
  return {
    headers: headersOf(overrides.request.get("header")),
    query: new Map([...part("querystring")].map(([name, value]) => [textOf(name), itemsOf(value)])),
    path: new Map([...part("path")].map(([name, value]) => [textOf(name), textOf(value)])),
  };
}

/** readResponseOverrides reads $context.responseOverride; a status that is not an integer from 100 to 599 is ignored. */
export function readResponseOverrides(overrides: Overrides): {
  headers: ReadonlyMap<string, readonly [name: string, value: string]>;
  status: number | undefined;
} {
  const given = overrides.response.get("status");
  const status = typeof given === "string" && /^\d{3}$/.test(given) ? Number(given) : given;
  return {
    headers: headersOf(overrides.response.get("header")),
    status: typeof status === "number" && status >= 100 && status <= 599 ? status : undefined,
  };
}

/** replaceHeaders puts overriding headers in the place of those with the same name. Names and values alternate. */
export function replaceHeaders(
  headers: readonly string[],
  overriding: ReadonlyMap<string, readonly [string, string]>,
  rename: (name: string) => string = (name) => name,
): string[] {
  if (overriding.size === 0) return headers as string[];
  const out: string[] = [];
  for (let i = 0; i < headers.length; i += 2)
    if (!overriding.has((headers[i] as string).toLowerCase()))
      out.push(headers[i] as string, headers[i + 1] as string);
  for (const [name, value] of overriding.values()) out.push(rename(name), value);
  return out;
}
