import { crc32 } from "node:zlib";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UsageBatchSchema, type UsageEvent, UsageEventSchema } from "@tollgate/proto/usage";
import { putVarint } from "../wire.ts";
import { type BatchHead, BatchReader } from "./batch-reader.ts";
import type { EventView } from "./event-view.ts";

/** A batch with events as they are encoded, in the form that nodes send. */
function batchOf(
  source: string,
  events: readonly Uint8Array[],
  { crc }: { readonly crc?: number } = {},
): Buffer {
  const encoded = Buffer.concat(
    events.map((event) => {
      const head = Buffer.alloc(6);
      head[0] = (UsageBatchSchema.field.events.number << 3) | 2;
      return Buffer.concat([head.subarray(0, putVarint(head, 1, event.length)), event]);
    }),
  );
  const batch = create(UsageBatchSchema, {
    source,
    firstSeq: 1n,
    lastSeq: BigInt(events.length),
    recordedSeq: 9n,
    settledSeq: 3n,
    closed: true,
    leasesQuotas: true,
    eventsCrc32: crc ?? crc32(encoded),
  });
  return Buffer.concat([toBinary(UsageBatchSchema, batch), encoded]);
}

function read(reader: BatchReader, bytes: Uint8Array): readonly EventView[] | undefined {
  const head = reader.readHead(bytes);
  return head && reader.readEvents(bytes, head);
}

const storable = (text: string): string => text.replaceAll("\0", "\ufffd");
const wantedOf = (value: unknown): unknown => {
  if (typeof value === "string") return storable(value);
  return typeof value === "bigint" ? Number(value) : value;
};

/** What is counted of an event, as the library read it. */
const wanted = ({
  $typeName: _,
  $unknown: __,
  requestId: _request,
  traceId: _trace,
  tags,
  meterValues,
  ...event
}: UsageEvent) => ({
  ...Object.fromEntries(Object.entries(event).map(([name, value]) => [name, wantedOf(value)])),
  tags: tags.map(({ key, value }) => [storable(key), storable(value)]),
  meterValues: meterValues.map(({ meter, units }) => [storable(meter), Number(units)]),
});

const pairs = <T>(event: EventView, texts: readonly number[], other: (i: number) => T) =>
  texts.map((number, i) => [event.known.valueOf(number), other(i)]);

const found = (event: EventView) => ({
  seq: event.seq,
  endTimeUnixMs: event.endTimeUnixMs,
  accountId: event.accountId,
  apiId: event.apiId,
  stage: event.stage,
  httpMethod: event.httpMethod,
  resourcePath: event.resourcePath,
  status: event.status,
  latencyUs: event.latencyUs,
  integrationLatencyUs: event.integrationLatencyUs,
  requestBytes: event.requestBytes,
  responseBytes: event.responseBytes,
  apiKeyId: event.apiKeyId,
  usagePlanId: event.usagePlanId,
  messageCount: event.messageCount,
  connectionMinutes: event.connectionMinutes,
  apiKind: event.apiKind,
  freeReason: event.freeReason,
  connectionApiKeyId: event.text(7),
  connectionUsagePlanId: event.text(8),
  apiName: event.apiName,
  canary: event.canary,
  detailedMetrics: event.detailedMetrics,
  cacheOutcome: event.cacheOutcome,
  fault: event.fault,
  connectIntegration: event.connectIntegration,
  requestUnits: event.requestUnits,
  streamed: event.streamed,
  authorizerOutcome: event.authorizerOutcome,
  configRevision: event.configRevision,
  domainName: event.domainName,
  region: event.region,
  customerId: event.customerId,
  cacheSize: event.cacheSize,
  deploymentId: event.deploymentId,
  tags: pairs(
    event,
    event.tagTexts.filter((_, i) => i % 2 === 0),
    (i) => event.known.valueOf(event.tagTexts[2 * i + 1] as number),
  ),
  meterValues: pairs(event, event.meterTexts, (i) => event.meterUnits[i]),
});

const text = fc.string({ maxLength: 60, unit: "binary" });
const short = fc.constantFrom("", "a", "b");
const whole = fc.oneof(
  fc.constant(0n),
  fc.bigInt({ min: -(2n ** 53n), max: 2n ** 53n }),
  fc.nat(300).map((number) => BigInt(number)),
);
const natural = fc.oneof(fc.constant(0n), fc.bigInt({ min: 0n, max: 2n ** 53n }));
const kind = fc.nat(3);
const event = fc.record({
  seq: natural,
  endTimeUnixMs: whole,
  accountId: short,
  apiId: short,
  stage: text,
  httpMethod: text,
  resourcePath: text,
  status: fc.integer({ min: -1, max: 999 }),
  latencyUs: whole,
  integrationLatencyUs: whole,
  requestBytes: whole,
  responseBytes: whole,
  requestId: text,
  apiKeyId: short,
  usagePlanId: short,
  messageCount: whole,
  connectionMinutes: whole,
  apiKind: kind,
  freeReason: kind,
  connectionApiKeyId: short,
  connectionUsagePlanId: short,
  apiName: text,
  canary: fc.boolean(),
  detailedMetrics: fc.boolean(),
  cacheOutcome: kind,
  fault: kind,
  connectIntegration: fc.boolean(),
  requestUnits: whole,
  streamed: fc.boolean(),
  authorizerOutcome: kind,
  configRevision: whole,
  domainName: text,
  traceId: text,
  region: short,
  tags: fc.array(fc.record({ key: short, value: text }), { maxLength: 3 }),
  customerId: short,
  cacheSize: short,
  deploymentId: short,
  meterValues: fc.array(fc.record({ meter: short, units: whole }), { maxLength: 3 }),
});
const encode = (given: object): Uint8Array => toBinary(UsageEventSchema, create(UsageEventSchema, given));
const CALL = { seq: 1n, accountId: "000000000000", resourcePath: "/pets", responseBytes: 100n };

describe("the reader of batches", () => {
  it("reads what a protocol buffer library reads, batch after batch", () => {
    const reader = new BatchReader();
    fc.assert(
      fc.property(fc.array(event, { minLength: 1, maxLength: 5 }), (events) => {
        const encoded = events.map(encode);
        const views = read(reader, batchOf("n/0/a", encoded));
        expect(views?.map(found)).toEqual(
          encoded.map((bytes) => wanted(fromBinary(UsageEventSchema, bytes))),
        );
      }),
    );
  });

  it("reads fields in any order, the last of several, and passes over unknown ones", () => {
    const unknown = Buffer.from([
      0xa0, 0x3f, 0x07, 0xa5, 0x3f, 1, 2, 3, 4, 0xa1, 0x3f, 1, 2, 3, 4, 5, 6, 7, 8,
    ]);
    const parts = [{ stage: "prod" }, { seq: 1n }, { apiId: "first" }, { apiId: "second", stage: "test" }];
    const bytes = Buffer.concat([
      ...parts.map(encode),
      unknown,
      encode({ tags: [{ key: "a", value: "b" }] }),
    ]);
    const [view] = read(new BatchReader(), batchOf("n/0/a", [bytes])) ?? [];
    expect(view && found(view)).toMatchObject({ seq: 1, apiId: "second", stage: "test", tags: [["a", "b"]] });
  });

  it("reads the head of a batch", () => {
    const bytes = batchOf("n/0/a", [encode(CALL), encode(CALL)]);
    expect(new BatchReader().readHead(bytes)).toEqual({
      source: "n/0/a",
      firstSeq: 1,
      lastSeq: 2,
      recordedSeq: 9,
      settledSeq: 3,
      closed: true,
      leasesQuotas: true,
      eventCount: 2,
    } satisfies BatchHead);
  });

  it("takes bytes that are no UTF-8 for the text that the library takes them for", () => {
    const [one, other] = [Buffer.from([0x2a, 1, 0xff]), Buffer.from([0x2a, 1, 0xfe])];
    const views = read(new BatchReader(), batchOf("n/0/a", [one, other]));
    expect(views?.map(({ stage }) => stage)).toEqual(["\ufffd", "\ufffd"]);
    expect(views?.[0]?.texts).toEqual(views?.[1]?.texts);
  });

  it("refuses a batch that is cut off, has another checksum, or says another number of events", () => {
    const reader = new BatchReader();
    const bytes = batchOf("n/0/a", [encode(CALL), encode(CALL)]);
    for (let end = 0; end < bytes.length; end++) expect(read(reader, bytes.subarray(0, end))).toBeUndefined();
    expect(read(reader, batchOf("n/0/a", [encode(CALL)], { crc: 1 }))).toBeUndefined();
    expect(read(reader, batchOf("", [encode(CALL)]))).toBeUndefined();
  });

  it("refuses a batch with an event that cannot be read, whatever its checksum is", () => {
    const whole = encode(CALL);
    for (const broken of [whole.subarray(0, whole.length - 1), Buffer.from([0x0c]), Buffer.alloc(11, 0xff)])
      expect(read(new BatchReader(), batchOf("n/0/a", [whole, broken]))).toBeUndefined();
  });

  it("keeps a copy of an event apart from the events that are read later", () => {
    const reader = new BatchReader();
    const first = batchOf("n/0/a", [encode({ ...CALL, tags: [{ key: "a", value: "b" }] })]);
    const [view] = read(reader, first) as [EventView];
    const copy = view.copy();
    const before = found(copy);
    read(reader, batchOf("n/0/a", [encode({ ...CALL, resourcePath: "/other", status: 500 })]));
    expect(found(copy)).toEqual(before);
  });
});
