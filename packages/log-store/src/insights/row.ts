import { LogRefusal } from "../refusal.ts";
import { Time, textOf, type Value } from "./value.ts";

/** ScannedEvent is an event of a group that a query reads. */
export interface ScannedEvent {
  /** Its place in the group, as text that sorts like places. */
  readonly id: () => string;
  readonly unixMs: number;
  readonly ingestionMs: number;
  readonly stream: string;
  /** `{account}:{group}`. */
  readonly log: string;
  readonly message: string;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

/** The value at a path of members and elements. A member whose name has dots comes before a member of a member. */
function valueAt(from: unknown, path: string): unknown {
  let value = from;
  let rest = path;
  for (;;) {
    if (!isObject(value)) return undefined;
    if (Object.hasOwn(value, rest)) return value[rest];
    const dot = rest.indexOf(".");
    const name = dot < 0 ? rest : rest.slice(0, dot);
    if (dot < 0 || !Object.hasOwn(value, name)) return undefined;
    value = value[name];
    rest = rest.slice(dot + 1);
  }
}

function fieldOf(value: unknown): Value {
  if (value === null || value === undefined) return undefined;
  return isObject(value) ? JSON.stringify(value) : (value as string | number | boolean);
}

/** Names that Insights gives to what is in the lines of a function's report (AWS: supported logs and discovered fields). */
const REPORT: Readonly<Record<string, RegExp>> = {
  "@type": /^(START|END|REPORT)\b/,
  "@requestId": /RequestId: ([0-9a-f-]{36})/,
  "@duration": /\tDuration: ([\d.]+) ms/,
  "@billedDuration": /\tBilled Duration: ([\d.]+) ms/,
  "@memorySize": /\tMemory Size: ([\d.]+) MB/,
  "@maxMemoryUsed": /\tMax Memory Used: ([\d.]+) MB/,
};

const SYSTEM: Readonly<Record<string, (event: ScannedEvent) => Value>> = {
  "@timestamp": ({ unixMs }) => new Time(unixMs),
  "@ingestionTime": ({ ingestionMs }) => new Time(ingestionMs),
  "@message": ({ message }) => message,
  "@logStream": ({ stream }) => stream,
  "@log": ({ log }) => log,
  "@ptr": ({ id, log }) => Buffer.from(`${log}\n${id()}`).toString("base64url"),
};

/** What a row takes besides its texts. */
const ROW_BYTES = 200;
/** What commands may give one row: it is counted with others when all of them have seen it. */
const GIVEN_MAX_CHARS = 8 * 1024 * 1024;

const charsOf = (value: Value): number => (typeof value === "string" ? value.length : 0);

/** Row is an event, or a group of events, with the fields that commands have given it. */
export class Row {
  readonly event: ScannedEvent | undefined;
  /** What it is sorted by. */
  rank: readonly Value[] = [];
  readonly #own = new Map<string, Value>();
  #givenChars = 0;
  /** null: the message is not JSON; undefined: it was not read yet. */
  #json: unknown = undefined;

  constructor(event?: ScannedEvent) {
    this.event = event;
  }

  /** Throws a LogRefusal: the row has too much text. */
  set(name: string, value: Value): void {
    const before = this.#own.get(name);
    this.#givenChars += charsOf(value) - charsOf(before);
    if (this.#givenChars > GIVEN_MAX_CHARS)
      throw new LogRefusal(
        "limit",
        `the commands of the query give an event more than ${GIVEN_MAX_CHARS / (1024 * 1024)} million characters: fewer or shorter fields need less`,
      );
    this.#own.set(name, value);
  }

  get(name: string): Value {
    if (this.#own.has(name)) return this.#own.get(name);
    const { event } = this;
    if (!event) return undefined;
    if (!name.startsWith("@")) return fieldOf(valueAt(this.#discovered(event), name));
    // A member whose name begins with @ has another one before it.
    if (name.startsWith("@@")) return fieldOf(valueAt(this.#discovered(event), name.slice(1)));
    if (Object.hasOwn(SYSTEM, name)) return SYSTEM[name]?.(event);
    return Object.hasOwn(REPORT, name) ? REPORT[name]?.exec(event.message)?.[1] : undefined;
  }

  #discovered({ message }: ScannedEvent): unknown {
    if (this.#json !== undefined) return this.#json;
    this.#json = null;
    if (/^\s*\{/.test(message))
      try {
        this.#json = JSON.parse(message) as unknown;
      } catch {
        // It only looks like JSON.
      }
    return this.#json;
  }

  /** release forgets what can be read again: many rows wait for their turn. */
  release(): void {
    this.#json = undefined;
  }

  /** About what it takes of memory. */
  get bytes(): number {
    let bytes = ROW_BYTES + 2 * (this.event?.message.length ?? 0);
    for (const value of this.rank) bytes += 2 * (typeof value === "string" ? value.length : 8);
    for (const [name, value] of this.#own)
      bytes += 40 + 2 * name.length + 2 * (typeof value === "string" ? value.length : 8);
    return bytes;
  }

  textOf(name: string): string | undefined {
    return textOf(this.get(name));
  }
}
