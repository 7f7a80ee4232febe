import { type CustomMeter, METER_VALUE_MAX, type MemberPath, valueAt } from "@tollgate/config/runtime";
import type { Exchange } from "./exchange.ts";
import { GrowingBytes } from "./growing-bytes.ts";
import { LastBytes } from "./last-bytes.ts";
import type { Reply } from "./reply.ts";

/** A body of JSON is read up to this size; what is larger has no values. */
export const METERED_BODY_MAX_BYTES = 256 * 1024;
/** Of a body of lines, only the last ones are read: as many as these bytes hold. */
export const METERED_TAIL_BYTES = 16 * 1024;

/** MeterSource is where in a response what a meter counts is. */
export type MeterSource =
  | { readonly meter: CustomMeter; readonly header: string }
  | { readonly meter: CustomMeter; readonly path: MemberPath };

/** MeterValue is what one response adds to a meter. */
export interface MeterValue {
  readonly meter: CustomMeter;
  readonly units: number;
}

/** How a body is read: as one document of JSON, by its last lines of JSON (also of server-sent events), or not at all. */
type Reading = "document" | "lines" | "none";

const DOCUMENT = /^\s*application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i;
const LINES = /^\s*(?:text\/event-stream|application\/(?:x-ndjson|ndjson|jsonl|x-jsonlines))\s*(?:;|$)/i;

/** A whole number, as JSON or as text; undefined: it is none, or more than a response can be. */
function unitsOf(value: unknown): number | undefined {
  const number = typeof value === "string" && /^\d{1,10}$/.test(value.trim()) ? Number(value) : value;
  return typeof number === "number" &&
    Number.isSafeInteger(number) &&
    number >= 0 &&
    number <= METER_VALUE_MAX
    ? number
    : undefined;
}

const listed = (values: ReadonlyMap<CustomMeter, number>): readonly MeterValue[] =>
  [...values].map(([meter, units]) => ({ meter, units }));

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** ResponseMeters keeps of one response what its meters need, and reads it once the response has ended. */
export class ResponseMeters {
  readonly #sources: readonly MeterSource[];
  readonly #readsBody: boolean;
  readonly #exchange: Pick<Exchange, "hold">;
  #reading: Reading = "none";
  readonly #ofHeaders = new Map<CustomMeter, number>();
  #kept: GrowingBytes | LastBytes | undefined = undefined;

  constructor(sources: readonly MeterSource[], exchange: Pick<Exchange, "hold">) {
    this.#sources = sources;
    this.#readsBody = sources.some((source) => "path" in source);
    this.#exchange = exchange;
  }

  /** head begins a response; what was kept of one before is forgotten. Names and values alternate. */
  head(headers: readonly string[]): void {
    this.clear();
    let isEncoded = false;
    for (let i = 0; i < headers.length; i += 2) {
      const name = (headers[i] as string).toLowerCase();
      const value = headers[i + 1] as string;
      if (name === "content-type" && this.#readsBody) this.#reading = readingOf(value);
      else if (name === "content-encoding" && value !== "" && value !== "identity") isEncoded = true;
      for (const source of this.#sources)
        if ("header" in source && source.header === name) this.#addOfHeader(source.meter, value);
    }
    if (isEncoded) this.#reading = "none";
  }

  #addOfHeader(meter: CustomMeter, value: string): void {
    const units = unitsOf(value);
    // One response adds once to a meter, also where a header is repeated.
    if (units !== undefined) this.#ofHeaders.set(meter, units);
  }

  /** add takes a piece of the body, as it is before compression. */
  add(chunk: Buffer): void {
    if (this.#reading === "none" || chunk.length === 0) return;
    if (this.#reading === "document") this.#keepAll(chunk);
    else this.#keepLast(chunk);
  }

  #keepAll(chunk: Buffer): void {
    const kept = this.#kept instanceof GrowingBytes ? this.#kept : new GrowingBytes(METERED_BODY_MAX_BYTES);
    this.#kept = kept;
    const isTooLarge = kept.sizeBytes + chunk.length > METERED_BODY_MAX_BYTES;
    if (isTooLarge || !this.#exchange.hold(kept.capacityWith(chunk.length) - kept.capacityBytes))
      return this.#forget();
    kept.add(chunk);
  }

  #keepLast(chunk: Buffer): void {
    const kept = this.#kept instanceof LastBytes ? this.#kept : new LastBytes(METERED_TAIL_BYTES);
    this.#kept = kept;
    kept.add(chunk);
  }

  #forget(): void {
    this.#reading = "none";
    this.#kept = undefined;
  }

  /** whole takes a complete response. What the gateway itself refuses says nothing of usage. */
  whole({ headers, body, refusal }: Pick<Reply, "headers" | "body" | "refusal">): void {
    if (refusal) return this.clear();
    this.head(headers);
    if (body === undefined) return;
    const bytes = typeof body === "string" ? Buffer.from(body) : body;
    if (this.#reading !== "document") return this.add(bytes);
    // It is in memory anyway: no room has to be held for it.
    if (bytes.length > METERED_BODY_MAX_BYTES) return this.#forget();
    const kept = new GrowingBytes(bytes.length);
    kept.add(bytes);
    this.#kept = kept;
  }

  clear(): void {
    this.#forget();
    this.#ofHeaders.clear();
  }

  /** values are what the response adds to meters. Of several lines that have a value, the last counts. */
  values(): readonly MeterValue[] {
    const ofHeaders = listed(this.#ofHeaders);
    if (!this.#kept) return ofHeaders;
    const text = this.#kept.bytes.toString("utf8");
    const documents =
      this.#reading === "document"
        ? [text]
        : text
            .split(/\r\n|\n|\r/)
            .toReversed()
            .map((line) => line.replace(/^data: ?/, ""));
    return [...ofHeaders, ...this.#ofBody(documents)];
  }

  #ofBody(documents: readonly string[]): readonly MeterValue[] {
    const values = new Map<CustomMeter, number>();
    const wanted = this.#sources.filter((source) => "path" in source);
    for (const text of documents) {
      if (values.size === wanted.length) break;
      if (!/^\s*[[{]/.test(text)) continue;
      const document = parsed(text);
      for (const { meter, path } of wanted) {
        const units = values.has(meter) ? undefined : unitsOf(valueAt(document, path));
        if (units !== undefined) values.set(meter, units);
      }
    }
    return listed(values);
  }
}

function readingOf(contentType: string): Reading {
  if (DOCUMENT.test(contentType)) return "document";
  return LINES.test(contentType) ? "lines" : "none";
}
