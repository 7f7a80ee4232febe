import { type CustomMeter, isCustomMeter } from "./custom-meter.ts";

const KB = 1024;
const MB = 1024 * KB;

interface MeterRule {
  /** What one unit is. */
  readonly unit: string;
  /** Bytes of which each started one is a unit; absent: the unit is not made of bytes. */
  readonly bytesPerUnit?: number;
}

const cache = (size: string): MeterRule => ({
  unit: `an hour in which a stage has a cache of ${size} GB`,
});

/** What is counted, by the names that prices have for it. */
const rules = {
  "rest.request": {
    unit: "a call of a REST API; where the response is streamed, each started 10 MB of its body",
    bytesPerUnit: 10 * MB,
  },
  "http.request": {
    unit: "each started 512 KB of a call of an HTTP API: of its request body or of its response body, whichever is larger",
    bytesPerUnit: 512 * KB,
  },
  "websocket.message": {
    unit: "each started 32 KB of a message of a WebSocket API, in either direction",
    bytesPerUnit: 32 * KB,
  },
  "websocket.minute": { unit: "a started minute for which a client is connected to a WebSocket API" },
  "cache.hour.0.5": cache("0.5"),
  "cache.hour.1.6": cache("1.6"),
  "cache.hour.6.1": cache("6.1"),
  "cache.hour.13.5": cache("13.5"),
  "cache.hour.28.4": cache("28.4"),
  "cache.hour.58.2": cache("58.2"),
  "cache.hour.118": cache("118"),
  "cache.hour.237": cache("237"),
  "transfer.byte": { unit: "a byte of a response body, or of a message to a client" },
  "portal.month": { unit: "a portal with up to 10 products, for a month" },
  "portal.product": { unit: "a product of a portal beyond 10, for a month" },
} as const satisfies Readonly<Record<string, MeterRule>>;

type OwnMeter = keyof typeof rules;

/** Meter is the name of what is counted. */
export type Meter = OwnMeter | CustomMeter;

/** The meters that every API has. */
export const meters = Object.keys(rules) as [OwnMeter, ...OwnMeter[]];

export const isMeter = (name: string): name is Meter => Object.hasOwn(rules, name) || isCustomMeter(name);

export const unitOf = (meter: Meter): string =>
  meter in rules
    ? rules[meter as OwnMeter].unit
    : "what responses say, as the meters of their stages read it";

type MeterOfBytes = {
  [M in OwnMeter]: (typeof rules)[M] extends { bytesPerUnit: number } ? M : never;
}[OwnMeter];

/** unitsOfBytes is how many units a body is: each started step is one, and an empty body is one too. */
export const unitsOfBytes = (meter: MeterOfBytes, bytes: number): number =>
  Math.max(1, Math.ceil(bytes / rules[meter].bytesPerUnit));
