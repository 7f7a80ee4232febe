import { crc32 } from "node:zlib";
import { MeterValueSchema, TagSchema, UsageBatchSchema, UsageEventSchema } from "@tollgate/proto/usage";
import { longTagOf } from "../wire.ts";
import { EventView, TEXT_FIELDS } from "./event-view.ts";
import { Texts } from "./texts.ts";
import { WireReader } from "./wire-reader.ts";

const { field: ofBatch } = UsageBatchSchema;
const BATCH = {
  source: longTagOf(ofBatch.source),
  firstSeq: longTagOf(ofBatch.firstSeq),
  lastSeq: longTagOf(ofBatch.lastSeq),
  eventsCrc32: longTagOf(ofBatch.eventsCrc32),
  events: longTagOf(ofBatch.events),
  recordedSeq: longTagOf(ofBatch.recordedSeq),
  settledSeq: longTagOf(ofBatch.settledSeq),
  closed: longTagOf(ofBatch.closed),
  leasesQuotas: longTagOf(ofBatch.leasesQuotas),
} as const;

const { field: ofEvent } = UsageEventSchema;
const TAGS = longTagOf(ofEvent.tags);
const METER_VALUES = longTagOf(ofEvent.meterValues);
const PAIR = { key: longTagOf(TagSchema.field.key), value: longTagOf(TagSchema.field.value) } as const;
const METER = {
  meter: longTagOf(MeterValueSchema.field.meter),
  units: longTagOf(MeterValueSchema.field.units),
} as const;

/** Tags of known fields are smaller. */
const TAGS_MAX = 512;

type NumberName = {
  [K in keyof EventView]: EventView[K] extends number ? K : never;
}[keyof EventView] &
  keyof typeof ofEvent;
type FlagName = {
  [K in keyof EventView]: EventView[K] extends boolean ? K : never;
}[keyof EventView] &
  keyof typeof ofEvent;

/** Setters of the fields that are numbers or flags, by their tags. A function for each: an assignment by a name in a variable is slow. */
type Setter = (event: EventView, value: number) => void;
const setters = Array.from<Setter | undefined>({ length: TAGS_MAX });
const setNumber = (name: NumberName, set: Setter) => {
  setters[longTagOf(ofEvent[name])] = set;
};
const setFlag = (name: FlagName, set: (event: EventView, holds: boolean) => void) => {
  setters[longTagOf(ofEvent[name])] = (event, value) => set(event, value !== 0);
};
setNumber("seq", (event, value) => (event.seq = value));
setNumber("endTimeUnixMs", (event, value) => (event.endTimeUnixMs = value));
setNumber("status", (event, value) => (event.status = value));
setNumber("latencyUs", (event, value) => (event.latencyUs = value));
setNumber("integrationLatencyUs", (event, value) => (event.integrationLatencyUs = value));
setNumber("requestBytes", (event, value) => (event.requestBytes = value));
setNumber("responseBytes", (event, value) => (event.responseBytes = value));
setNumber("messageCount", (event, value) => (event.messageCount = value));
setNumber("connectionMinutes", (event, value) => (event.connectionMinutes = value));
setNumber("apiKind", (event, value) => (event.apiKind = value));
setNumber("freeReason", (event, value) => (event.freeReason = value));
setNumber("cacheOutcome", (event, value) => (event.cacheOutcome = value));
setNumber("fault", (event, value) => (event.fault = value));
setNumber("requestUnits", (event, value) => (event.requestUnits = value));
setNumber("authorizerOutcome", (event, value) => (event.authorizerOutcome = value));
setNumber("configRevision", (event, value) => (event.configRevision = value));
setFlag("canary", (event, holds) => (event.canary = holds));
setFlag("detailedMetrics", (event, holds) => (event.detailedMetrics = holds));
setFlag("connectIntegration", (event, holds) => (event.connectIntegration = holds));
setFlag("streamed", (event, holds) => (event.streamed = holds));

/** Places of texts by the tags of their fields. */
const places = Array.from<number | undefined>({ length: TAGS_MAX });
for (const [place, field] of TEXT_FIELDS.entries()) places[longTagOf(field)] = place;

/** BatchHead is what a batch says of its source. */
export interface BatchHead {
  readonly source: string;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly recordedSeq: number;
  readonly settledSeq: number;
  readonly closed: boolean;
  readonly leasesQuotas: boolean;
  readonly eventCount: number;
}

/** Texts of so many bytes are forgotten before the next batches: keys and routes that nobody uses any more. */
const TEXTS_MAX_BYTES = 16 * 1024 * 1024;

/**
 * BatchReader reads batches of usage events without an object for each event: a million events are counted in the time in which a library for protocol
 * buffers makes a quarter of their messages. It takes what the library takes: fields in any order, and unknown ones.
 */
export class BatchReader {
  #texts = new Texts();
  readonly #wire = new WireReader();
  readonly #nested = new WireReader();
  #views: EventView[] = [];
  /** The span that was read last of each text: most events say the same as the one before. */
  readonly #lastSpans = new Int32Array(TEXT_FIELDS.length);

  /** readHead is what a batch says of its source; undefined: it is damaged. */
  readHead(bytes: Uint8Array): BatchHead | undefined {
    try {
      return this.#head(bytes);
    } catch (error) {
      if (error instanceof RangeError) return undefined;
      throw error;
    }
  }

  #head(bytes: Uint8Array): BatchHead | undefined {
    const wire = this.#wire;
    wire.open(bytes, 0, bytes.length);
    const head = { source: "", firstSeq: 0, lastSeq: 0, recordedSeq: 0, settledSeq: 0 };
    const flags = { closed: false, leasesQuotas: false };
    let crc = 0;
    let eventsAt = bytes.length;
    let eventCount = 0;
    while (wire.at < bytes.length) {
      const start = wire.at;
      const tag = wire.varint();
      if (tag === BATCH.events) {
        if (eventCount++ === 0) eventsAt = start;
        wire.span();
      } else if (tag === BATCH.source) {
        const from = wire.span();
        head.source = Buffer.from(bytes.buffer, bytes.byteOffset + from, wire.at - from).toString("utf8");
      } else if (tag === BATCH.firstSeq) head.firstSeq = wire.varint();
      else if (tag === BATCH.lastSeq) head.lastSeq = wire.varint();
      else if (tag === BATCH.eventsCrc32) crc = wire.fixed32();
      else if (tag === BATCH.recordedSeq) head.recordedSeq = wire.varint();
      else if (tag === BATCH.settledSeq) head.settledSeq = wire.varint();
      else if (tag === BATCH.closed) flags.closed = wire.varint() !== 0;
      else if (tag === BATCH.leasesQuotas) flags.leasesQuotas = wire.varint() !== 0;
      else wire.skip(tag);
    }
    const isWhole = head.source !== "" && eventCount === head.lastSeq - head.firstSeq + 1;
    if (!isWhole || (eventCount === 0 && head.recordedSeq === 0)) return undefined;
    if (crc32(bytes.subarray(eventsAt)) !== crc) return undefined;
    return { ...head, ...flags, eventCount };
  }

  /** readEvents reads the events of a batch whose head was read; undefined: one of them cannot be read. They are valid until the next call. */
  readEvents(bytes: Uint8Array, { eventCount }: BatchHead): readonly EventView[] | undefined {
    try {
      return this.#events(bytes, eventCount);
    } catch (error) {
      if (error instanceof RangeError) return undefined;
      throw error;
    }
  }

  /** forget is called between ingestions: what was read before is not valid any more. */
  forget(): void {
    if (this.#texts.byteLength < TEXTS_MAX_BYTES) return;
    this.#texts = new Texts();
    this.#views = [];
    this.#lastSpans.fill(0);
  }

  #events(bytes: Uint8Array, eventCount: number): readonly EventView[] {
    const wire = this.#nested;
    const views = this.#views;
    while (views.length < eventCount) views.push(new EventView(this.#texts));
    wire.open(bytes, 0, bytes.length);
    let count = 0;
    while (wire.at < bytes.length) {
      const tag = wire.varint();
      if (tag !== BATCH.events) {
        wire.skip(tag);
        continue;
      }
      const start = wire.span();
      const event = views[count++] as EventView;
      this.#event(bytes, start, wire.at, event);
    }
    return views.length === count ? views : views.slice(0, count);
  }

  #event(bytes: Uint8Array, start: number, end: number, event: EventView): void {
    const wire = this.#wire;
    wire.open(bytes, start, end);
    event.clear();
    while (wire.at < end) {
      const tag = wire.varint();
      const place = places[tag];
      if (place !== undefined) {
        const from = wire.span();
        event.texts[place] = this.#text(place, bytes, from, wire.at);
        continue;
      }
      const set = setters[tag];
      if (set) set(event, wire.signed());
      else if (tag === TAGS) this.#tag(event);
      else if (tag === METER_VALUES) this.#meterValue(event);
      else wire.skip(tag);
    }
  }

  #text(place: number, bytes: Uint8Array, from: number, to: number): number {
    const texts = this.#texts;
    const last = this.#lastSpans[place] as number;
    if (texts.isSpan(last, bytes, from, to)) return texts.textOf(last);
    const span = texts.spanOf(bytes, from, to);
    this.#lastSpans[place] = span;
    return texts.textOf(span);
  }

  #tag(event: EventView): void {
    const wire = this.#wire;
    const { bytes, end } = wire;
    const start = wire.span();
    const next = wire.at;
    wire.open(bytes, start, next);
    let [key, value] = [0, 0];
    while (wire.at < next) {
      const tag = wire.varint();
      if (tag !== PAIR.key && tag !== PAIR.value) {
        wire.skip(tag);
        continue;
      }
      const from = wire.span();
      const text = this.#texts.textOf(this.#texts.spanOf(bytes, from, wire.at));
      if (tag === PAIR.key) key = text;
      else value = text;
    }
    event.tagTexts.push(key, value);
    wire.open(bytes, next, end);
  }

  #meterValue(event: EventView): void {
    const wire = this.#wire;
    const { bytes, end } = wire;
    const start = wire.span();
    const next = wire.at;
    wire.open(bytes, start, next);
    let [meter, units] = [0, 0];
    while (wire.at < next) {
      const tag = wire.varint();
      if (tag === METER.meter) {
        const from = wire.span();
        meter = this.#texts.textOf(this.#texts.spanOf(bytes, from, wire.at));
      } else if (tag === METER.units) units = wire.signed();
      else wire.skip(tag);
    }
    event.meterTexts.push(meter);
    event.meterUnits.push(units);
    wire.open(bytes, next, end);
  }
}
