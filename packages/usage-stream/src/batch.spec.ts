import { crc32 } from "node:zlib";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  ApiKind,
  AuthorizerOutcome,
  CacheOutcome,
  Fault,
  FreeReason,
  UsageBatchSchema,
  UsageEventSchema,
} from "@tollgate/proto/usage";
import { BATCH_HEAD_BYTES, decodeBatch, encodeBatch, encodeBatchInPlace, encodeReport } from "./batch.ts";
import {
  type EventFacts,
  type EventKey,
  encodeKey,
  encodeMeterValues,
  encodeMetricKey,
  encodeStageFacts,
  eventMaxBytes,
  type MetricKey,
  NO_FACTS,
  putEvent,
  type StageFacts,
} from "./event.ts";
import { FRAME_HEADER_BYTES, type Frame, readFrame, writeFrameHeader } from "./frame.ts";
import { varintBytes } from "./wire.ts";

interface Given extends EventKey, Omit<EventFacts, "metricKey" | "stageFacts" | "meterValues"> {
  readonly metrics?: MetricKey | undefined;
  readonly ofStage?: StageFacts;
  readonly values?: readonly { readonly meter: string; readonly units: number }[];
}

const KEY: EventKey = {
  accountId: "000000000000",
  apiId: "abcdefghij",
  stage: "prod",
  httpMethod: "GET",
  resourcePath: "/pets/{petId}",
};
const FACTS: EventFacts = {
  ...NO_FACTS,
  endTimeUnixMs: 1_790_000_000_000,
  status: 404,
  latencyUs: 1500,
  integrationLatencyUs: 300,
  responseBytes: 5_000_000_000,
  requestId: "01234567-89ab-cdef-0123-456789abcdef",
};
const NO_STAGE: StageFacts = { region: "", tags: {} };

/** A frame as a spool writes it. */
function frameOf(firstSeq: number, given: readonly Given[]): Buffer {
  const events = given.map(({ metrics, ofStage = NO_STAGE, values = [], ...event }) => ({
    ...event,
    meterValues: encodeMeterValues(values),
    metricKey: metrics && encodeMetricKey(metrics),
    stageFacts: encodeStageFacts(ofStage),
  }));
  const bytes = events.reduce((sum, event) => sum + eventMaxBytes(event), FRAME_HEADER_BYTES);
  const frame = Buffer.alloc(bytes);
  let at = FRAME_HEADER_BYTES;
  for (const [i, event] of events.entries()) at = putEvent(frame, at, encodeKey(event), firstSeq + i, event);
  writeFrameHeader(frame.subarray(0, at), events.length, firstSeq);
  return frame.subarray(0, at);
}

/** The frames of a file, read as a shipper reads them. */
function readFrames(file: Buffer): Frame[] {
  const frames: Frame[] = [];
  for (let at = 0; at < file.length; ) {
    const read = readFrame(file, at);
    if (read === "partial" || read === "damaged") throw new Error(`a frame is ${read}`);
    frames.push(read.frame);
    at = read.end;
  }
  return frames;
}

const count = fc.maxSafeNat();
const id = fc.stringMatching(/^[a-z0-9]{1,10}$/);
const given: fc.Arbitrary<Given> = fc.record({
  accountId: fc.stringMatching(/^\d{12}$/),
  apiId: id,
  stage: fc.string({ maxLength: 128 }),
  httpMethod: fc.constantFrom("GET", "POST", "PROPFIND"),
  resourcePath: fc.string({ maxLength: 300, unit: "binary" }),
  endTimeUnixMs: count,
  status: fc.integer({ min: 100, max: 599 }),
  latencyUs: count,
  integrationLatencyUs: count,
  requestBytes: count,
  responseBytes: count,
  requestId: fc.stringMatching(/^[A-Za-z0-9+/=-]{1,36}$/),
  apiKeyId: id,
  usagePlanId: fc.oneof(fc.constant(""), id),
  messageCount: count,
  connectionMinutes: count,
  apiKind: fc.constantFrom(ApiKind.UNSPECIFIED, ApiKind.REST, ApiKind.WEBSOCKET),
  freeReason: fc.constantFrom(FreeReason.UNSPECIFIED, FreeReason.MALFORMED),
  connectionKey: fc.option(fc.record({ apiKeyId: id, usagePlanId: id }), { nil: undefined }),
  metrics: fc.option(
    fc.record({ apiName: fc.string({ maxLength: 300 }), isCanary: fc.boolean(), isDetailed: fc.boolean() }),
    { nil: undefined },
  ),
  cacheOutcome: fc.constantFrom(CacheOutcome.UNSPECIFIED, CacheOutcome.MISS),
  fault: fc.constantFrom(Fault.UNSPECIFIED, Fault.EXECUTION),
  isConnect: fc.boolean(),
  requestUnits: count,
  isStreamed: fc.boolean(),
  authorizerOutcome: fc.constantFrom(AuthorizerOutcome.UNSPECIFIED, AuthorizerOutcome.FAILED),
  configRevision: count,
  domainName: fc.string({ maxLength: 100, unit: "binary" }),
  customerId: fc.oneof(fc.constant(""), id),
  cacheSize: fc.constantFrom("", "0.5", "237"),
  deploymentId: fc.oneof(fc.constant(""), id),
  traceId: fc.constantFrom("", "1-5759e988-bd862e3fe1be46a994272793"),
  values: fc.array(fc.record({ meter: fc.constantFrom("custom.tokens", "custom.x"), units: count }), {
    maxLength: 3,
  }),
  ofStage: fc.record({
    region: fc.constantFrom("", "eu-central-1"),
    tags: fc.dictionary(fc.string({ minLength: 1 }), fc.string(), { maxKeys: 3 }),
  }),
});

const toMessage = (
  { connectionKey, metrics, ofStage = NO_STAGE, values = [], isConnect, isStreamed, ...event }: Given,
  seq: number,
) =>
  create(UsageEventSchema, {
    ...event,
    region: ofStage.region,
    tags: Object.entries(ofStage.tags)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => ({ key, value })),
    streamed: isStreamed,
    meterValues: values.map(({ meter, units }) => ({ meter, units: BigInt(units) })),
    requestUnits: BigInt(event.requestUnits),
    configRevision: BigInt(event.configRevision),
    apiName: metrics?.apiName ?? "",
    canary: metrics?.isCanary ?? false,
    detailedMetrics: metrics?.isDetailed ?? false,
    connectIntegration: isConnect,
    connectionApiKeyId: connectionKey?.apiKeyId ?? "",
    connectionUsagePlanId: connectionKey?.usagePlanId ?? "",
    ...(event.usagePlanId === "" ? { apiKeyId: "" } : {}),
    seq: BigInt(seq),
    endTimeUnixMs: BigInt(event.endTimeUnixMs),
    latencyUs: BigInt(event.latencyUs),
    messageCount: BigInt(event.messageCount),
    connectionMinutes: BigInt(event.connectionMinutes),
    integrationLatencyUs: BigInt(event.integrationLatencyUs),
    requestBytes: BigInt(event.requestBytes),
    responseBytes: BigInt(event.responseBytes),
  });

describe("a usage batch", () => {
  it("contains the events of its frames", () => {
    const runs = fc.array(fc.array(given, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 4 });
    const firstSeqs = fc.integer({ min: 1, max: 2 ** 48 });
    fc.assert(
      fc.property(runs, firstSeqs, fc.string({ minLength: 1 }), (frames, firstSeq, source) => {
        let seq = firstSeq;
        const written: Buffer[] = [];
        for (const events of frames) {
          written.push(frameOf(seq, events));
          seq += events.length;
        }
        const message = encodeBatch(source, readFrames(Buffer.concat(written)), { recordedSeq: seq + 5 });
        expect(message.key).toBe(source);
        expect(decodeBatch(message.value)).toMatchObject({
          source: Buffer.from(source).toString(),
          firstSeq: BigInt(firstSeq),
          lastSeq: BigInt(seq - 1),
          recordedSeq: BigInt(seq + 5),
          settledSeq: 0n,
          closed: false,
          events: frames.flat().map((event, i) => toMessage(event, firstSeq + i)),
        });
        // A consumer that has only a protocol buffer library checks the events by encoding them again.
        const { events, eventsCrc32 } = fromBinary(UsageBatchSchema, message.value);
        expect(crc32(toBinary(UsageBatchSchema, create(UsageBatchSchema, { events })))).toBe(eventsCrc32);
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    [1, 20],
    [2, 1_000],
    [3, 20_000],
  ])("has events whose length takes %i bytes", (lengthBytes, tagBytes) => {
    const key = { accountId: "", apiId: "", stage: "", httpMethod: "", resourcePath: "" };
    const ofStage = { region: "", tags: { tag: "v".repeat(tagBytes) } };
    const event: Given = { ...key, ...NO_FACTS, ofStage };
    const { payload } = readFrames(frameOf(1, [event, event]))[0] as Frame;
    const messages = [toMessage(event, 1), toMessage(event, 2)];
    expect(payload.toString("hex")).toBe(
      Buffer.from(toBinary(UsageBatchSchema, create(UsageBatchSchema, { events: messages }))).toString("hex"),
    );
    const [first] = messages.map((message) => toBinary(UsageEventSchema, message).length);
    expect(varintBytes(first ?? 0)).toBe(lengthBytes);
  });

  it.each([
    ["in the memory of its frames", "n/0/a", true],
    ["elsewhere if its head does not fit there", "n".repeat(BATCH_HEAD_BYTES), false],
  ])("is made %s", (_where, source, isInPlace) => {
    const events = Array.from({ length: 7 }, (_, i) => ({ ...KEY, ...FACTS, status: 200 + i }));
    const file = Buffer.concat([frameOf(1, events.slice(0, 3)), frameOf(4, events.slice(3))]);
    const facts = { recordedSeq: 9, leasesQuotas: true };
    const wanted = encodeBatch(source, readFrames(file), facts);
    const memory = Buffer.alloc(BATCH_HEAD_BYTES + file.length + 50, 7).subarray(20);
    const frames = readFrames(memory.subarray(BATCH_HEAD_BYTES - 20, memory.length - 50).fill(file));
    const made = encodeBatchInPlace(memory, source, frames, facts);
    expect(made).toEqual(wanted);
    expect(made.value.buffer === memory.buffer).toBe(isInPlace);
  });

  it("is rejected if a single bit of its events differs", () => {
    const frames = readFrames(frameOf(1, [{ ...KEY, ...FACTS }]));
    const { value } = encodeBatch("n/0/a", frames, { recordedSeq: 1 });
    const events = value.length - (frames[0]?.payload.length ?? 0);
    fc.assert(
      fc.property(fc.integer({ min: events * 8, max: value.length * 8 - 1 }), (bit) => {
        const damaged = Buffer.from(value);
        damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(decodeBatch(damaged)).toBeUndefined();
      }),
    );
  });

  it("is rejected if it is truncated, empty, or something else", () => {
    const { value } = encodeBatch("n/0/a", readFrames(frameOf(1, [{ ...KEY, ...FACTS }])), {
      recordedSeq: 1,
    });
    for (let end = 0; end < value.length; end++) expect(decodeBatch(value.subarray(0, end))).toBeUndefined();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        expect(decodeBatch(bytes)).toBeUndefined();
      }),
    );
    expect(() => encodeBatch("n/0/a", [], { recordedSeq: 0 })).toThrow(/no frames/);
  });

  it("may contain no events, and only report how far its source is", () => {
    const { key, value } = encodeReport("n/0/a", { recordedSeq: 12, settledSeq: 9, isClosed: true });
    expect(key).toBe("n/0/a");
    expect(decodeBatch(value)).toMatchObject({
      source: "n/0/a",
      firstSeq: 10n,
      lastSeq: 9n,
      recordedSeq: 12n,
      settledSeq: 9n,
      closed: true,
      events: [],
    });
  });

  it("is read whatever encoded it: unknown fields are skipped", () => {
    const { value } = encodeBatch("n/0/a", readFrames(frameOf(7, [{ ...KEY, ...FACTS }])), {
      recordedSeq: 7,
    });
    // Field 9, a varint, before everything else.
    expect(decodeBatch(Buffer.concat([Buffer.from([0x48, 0x01]), value]))?.firstSeq).toBe(7n);
  });

  // Spools and topics contain these bytes: changing them changes the wire format.
  it("has these bytes", () => {
    const frame = frameOf(300, [
      { ...KEY, ...FACTS },
      { ...KEY, ...FACTS, status: 200, apiKeyId: "thekey", usagePlanId: "theplan" },
    ]);
    const { value } = encodeBatch("node/0/ab12", readFrames(frame), { recordedSeq: 301 });
    expect(frame.subarray(0, FRAME_HEADER_BYTES).toString("hex")).toBe(FRAME_HEAD);
    expect(value.toString("hex")).toBe(BATCH);
    // A protocol buffer library encodes the same bytes.
    const { source, firstSeq, lastSeq, events } = fromBinary(UsageBatchSchema, value);
    expect({ source, firstSeq, lastSeq, calls: events.length }).toEqual({
      source: "node/0/ab12",
      firstSeq: 300n,
      lastSeq: 301n,
      calls: 2,
    });
    const [first] = events;
    expect(first && fromBinary(UsageEventSchema, toBinary(UsageEventSchema, first))).toEqual(first);
  });

  it("is read from spool files of version 0.1 too", () => {
    const frame = frameOf(300, [{ ...KEY, ...FACTS }]);
    const [{ payload } = { payload: Buffer.alloc(0) }] = readFrames(frame);
    const old = Buffer.concat([frame.subarray(0, 24), payload]);
    old.write("TGU1");
    expect(readFrames(old)).toEqual([{ firstSeq: 300, count: 1, payload }]);
    old.writeUInt32LE(0x7f_ff_ff_ff, 4);
    expect(readFrame(old, 0)).toBe("damaged");
  });

  it("a string that is too long is cut before the first character that does not fit", () => {
    const path = `/${"é".repeat(3000)}`;
    const { value } = encodeBatch(
      "n/0/a",
      readFrames(frameOf(1, [{ ...KEY, ...FACTS, resourcePath: path }])),
      { recordedSeq: 1 },
    );
    expect(decodeBatch(value)?.events[0]?.resourcePath).toBe(`/${"é".repeat(2047)}`);
  });
});

const FRAME_HEAD = "54475532fc0000005dcf83f2020000002c010000000000002cd87cf7";
const BATCH = [
  "0a0b6e6f64652f302f6162313210ac0218ad02255dcf83f230ad022a7308ac021080d8c1a28c341a0c30303030303030",
  "3030303030220a6162636465666768696a2a0470726f6432034745543a0d2f706574732f7b70657449647d40940348dc",
  "0b50ac026080e497d0126a2430313233343536372d383961622d636465662d303132332d343536373839616263646566",
  "2a840108ad021080d8c1a28c341a0c303030303030303030303030220a6162636465666768696a2a0470726f64320347",
  "45543a0d2f706574732f7b70657449647d40c80148dc0b50ac026080e497d0126a2430313233343536372d383961622d",
  "636465662d303132332d34353637383961626364656672067468656b65797a07746865706c616e",
].join("");
