import type { Call } from "../call/call.ts";
import { fullPath } from "../call/call-paths.ts";
import { percentDecoded } from "./decoders.ts";

/** Pairs are names and values of a request, in their order. */
export type Pairs = readonly (readonly [name: string, value: string])[];

/** AWS inspects the first 8 KB of headers and cookies, and 200 of them. */
const PAIRS_MAX_BYTES = 8 * 1024;
const PAIRS_MAX = 200;

const PATH_STYLE = /^\/_aws\/execute-api\/[^/]*/;

/** Limited is what is inspected of something that may be larger. */
export interface Limited {
  readonly pairs: Pairs;
  readonly isCut: boolean;
}

function limited(pairs: Pairs): Limited {
  let left = PAIRS_MAX_BYTES;
  for (const [i, [name, value]] of pairs.entries()) {
    if (i >= PAIRS_MAX) return { pairs: pairs.slice(0, i), isCut: true };
    const before = left;
    left -= name.length + value.length;
    if (left >= 0) continue;
    const start = [name, value.slice(0, before - name.length)] as const;
    return { pairs: [...pairs.slice(0, i), ...(before > name.length ? [start] : [])], isCut: true };
  }
  return { pairs, isCut: false };
}

/** Parts of a query as they were sent; only names are decoded, so that they cannot be hidden. */
function argumentsOf(query: string): Pairs {
  const pairs: (readonly [string, string])[] = [];
  for (let start = 0; start < query.length; ) {
    const found = query.indexOf("&", start);
    const end = found < 0 ? query.length : found;
    const part = query.slice(start, end);
    const equals = part.indexOf("=");
    const nameEnd = equals < 0 ? part.length : equals;
    if (part !== "") pairs.push([percentDecoded(part.slice(0, nameEnd), false), part.slice(nameEnd + 1)]);
    start = end + 1;
  }
  return pairs;
}

/** bytesOfName is a name that a rule looks for as inspected names are: its characters are bytes. */
export const bytesOfName = (name: string): string => Buffer.from(name).toString("latin1");

/** argumentName is the name of an argument as argumentValues takes it. */
export const argumentName = (name: string): string => bytesOfName(name).toLowerCase();

/** A Map that stops growing: names of headers are few, and lower-casing them is what inspecting headers costs. */
const NAMES_MAX = 4096;
const lowerNames = new Map<string, string>();

function lowerName(name: string): string {
  const known = lowerNames.get(name);
  if (known !== undefined) return known;
  const lower = name.toLowerCase();
  if (lowerNames.size < NAMES_MAX && name.length <= 64) lowerNames.set(name, lower);
  return lower;
}

function cookiesOf(headers: Pairs): Pairs {
  return headers
    .filter(([name]) => name === "cookie")
    .flatMap(([, value]) => value.split(";"))
    .map((cookie) => {
      const at = cookie.indexOf("=");
      return at < 0 ? [cookie.trim(), ""] : [cookie.slice(0, at).trim(), cookie.slice(at + 1).trim()];
    });
}

/**
 * Inspection is what the rules of a web ACL read of one call. The characters of its texts are bytes. What a rule reads is taken apart once, and
 * kept for all others.
 */
export class Inspection {
  readonly call: Call;
  /** What rules found, as full names. */
  readonly labels: string[] = [];
  /** The start of the body; set before a rule reads it. */
  body: string | undefined = undefined;
  /** The body is longer than what is inspected. */
  isBodyCut = false;
  /** Texts that statements inspect, by the slots that the compiler gave them. */
  readonly texts: (readonly string[] | boolean | undefined)[] = [];
  #headers: Pairs | undefined;
  #arguments: Pairs | undefined;
  #cookies: Limited | undefined;
  #limitedHeaders: Limited | undefined;

  constructor(call: Call) {
    this.call = call;
  }

  /** The path with the stage, as it is routed and leaves. */
  get path(): string {
    const path = fullPath(this.call);
    return path.startsWith("/_aws/") ? path.replace(PATH_STYLE, "") || "/" : path;
  }

  /** With names in lower case. */
  get headers(): Pairs {
    if (this.#headers) return this.#headers;
    const { headers } = this.call;
    const pairs: [string, string][] = [];
    for (let i = 0; i < headers.length; i += 2)
      pairs.push([lowerName(headers[i] as string), headers[i + 1] as string]);
    return (this.#headers = pairs);
  }

  get limitedHeaders(): Limited {
    return (this.#limitedHeaders ??= limited(this.headers));
  }

  get arguments(): Pairs {
    return (this.#arguments ??= argumentsOf(this.call.query));
  }

  /** Values of an argument by the `argumentName` of it. */
  argumentValues(name: string): readonly string[] {
    return this.arguments.flatMap(([one, value]) => (one.toLowerCase() === name ? [value] : []));
  }

  get cookies(): Limited {
    return (this.#cookies ??= limited(cookiesOf(this.headers)));
  }

  /** Values of a header by its name in lower case. */
  headerValues(name: string): readonly string[] {
    const { headers } = this.call;
    const values: string[] = [];
    for (let i = 0; i < headers.length; i += 2)
      if (lowerName(headers[i] as string) === name) values.push(headers[i + 1] as string);
    return values;
  }
}
