import { describe, expect, it } from "vitest";
import type { SegmentDocument } from "@tollgate/telemetry";
import type { LogReader } from "../logs/log-reader.ts";
import { Refusal } from "../refusal.ts";
import { compileTraceFilter } from "./filter-expression.ts";
import { storedTraces } from "./stored-traces.ts";
import { rootOf, segmentIn, type Trace, tracesOf } from "./trace.ts";
import { summaryOf } from "./trace-summary.ts";

const NOW_S = 0x67a0b1c2 + 10;
const id = (n: number) => `1-67a0b1c2-${n.toString(16).padStart(24, "0")}`;
const hex = (n: number) => n.toString(16).padStart(16, "0");

/** A call of the gateway that took `ms`, and the function that it invoked. */
function traceOf(
  n: number,
  status: number,
  ms = 100,
  more: Partial<SegmentDocument> = {},
): SegmentDocument[] {
  const start = 0x67a0b1c2 + n / 10;
  const outcome =
    status >= 500
      ? { fault: true }
      : status === 429
        ? { error: true, throttle: true }
        : status >= 400
          ? { error: true }
          : {};
  const invoked = {
    name: "Lambda",
    namespace: "aws",
    aws: { function_name: "hello" },
    start_time: start,
    end_time: start + ms / 2_000,
  };
  return [
    {
      id: hex(n),
      name: "pets/live",
      trace_id: id(n),
      start_time: start,
      end_time: start + ms / 1_000,
      origin: "AWS::ApiGateway::Stage",
      http: {
        request: { method: "GET", url: `http://a/live/pets/${n}`, client_ip: "192.0.2.1" },
        response: { status },
      },
      aws: { api_gateway: { account_id: "000000000000" } },
      annotations: { "aws:api_id": "a1", tenant: "gold", size: n },
      ...outcome,
      subsegments: [{ id: hex(n + 1_000), ...invoked }],
      ...more,
    },
    {
      ...invoked,
      id: hex(n + 2_000),
      name: "hello",
      origin: "AWS::Lambda::Function",
      trace_id: id(n),
      parent_id: hex(n + 1_000),
    },
  ];
}

/** A log store in memory, as far as traces need it. */
function memory(
  documents: readonly (SegmentDocument | string)[] = [],
  missing: Awaited<ReturnType<LogReader["read"]>>["missing"] = [],
) {
  const events = documents.map((one) =>
    typeof one === "string"
      ? { unixMs: NOW_S * 1_000, message: one }
      : { unixMs: one.start_time * 1_000, message: JSON.stringify(one) },
  );
  const PAGE = 3;
  return {
    events,
    logs: {
      createGroup: async () => undefined,
      createStream: async () => undefined,
      updateGroup: async () => undefined,
      put: async (
        _account: string,
        _group: string,
        _stream: string,
        given: readonly { unixMs: number; message: string }[],
      ) => {
        events.push(...given);
        return { tooOldEnd: undefined, expiredEnd: undefined, tooNewStart: undefined };
      },
      read: async (
        _account: string,
        _group: string,
        query: { startUnixMs: number; endUnixMs: number; pattern: string; after: string },
      ) => {
        if (events.length === 0) throw new Refusal("not-found", "no group");
        const { startUnixMs, endUnixMs, pattern } = query;
        const found = events.filter(
          ({ unixMs, message }) =>
            unixMs >= startUnixMs &&
            (endUnixMs === 0 || unixMs < endUnixMs) &&
            message.includes(pattern.replaceAll('"', "")),
        );
        const at = Number(query.after || 0);
        const page = found.slice(at, at + PAGE);
        return {
          events: page.map((event) => ({ ...event, id: "", ingestionUnixMs: 0, stream: "" })),
          next: at + PAGE < found.length ? String(at + PAGE) : "",
          missing: at === 0 ? missing : [],
        };
      },
    },
  };
}
const storeOf = (documents: readonly (SegmentDocument | string)[]) =>
  storedTraces(memory(documents).logs, () => NOW_S * 1_000);
const WHOLE = {
  startUnixMs: (NOW_S - 3_600) * 1_000,
  endUnixMs: (NOW_S + 3_600) * 1_000,
  by: "TraceId",
  filter: "",
  offset: 0,
} as const;

describe("a filter expression", () => {
  const [ok, slow, throttled, fault] = [
    traceOf(1, 200),
    traceOf(2, 200, 3_000),
    traceOf(3, 429),
    traceOf(4, 503),
  ].map((documents) => tracesOf(documents.map((document) => ({ document, text: "" })))[0] as Trace) as [
    Trace,
    Trace,
    Trace,
    Trace,
  ];
  const all = { ok, slow, throttled, fault };
  const matching = (expression: string) => {
    const matches = compileTraceFilter(expression);
    return Object.entries(all).flatMap(([name, trace]) => (matches(trace, summaryOf(trace)) ? [name] : []));
  };

  it.each<[string, readonly string[]]>([
    ["", ["ok", "slow", "throttled", "fault"]],
    ["ok", ["ok", "slow"]],
    ["!ok", ["throttled", "fault"]],
    ["ok = false", ["throttled", "fault"]],
    ["ok != true", ["throttled", "fault"]],
    ["fault OR throttle", ["throttled", "fault"]],
    ["error and throttle", ["throttled"]],
    ["ok !partial duration < 1", ["ok"]],
    ["responsetime >= 3", ["slow"]],
    ["http.status = 503", ["fault"]],
    ["http.status != 200", ["throttled", "fault"]],
    ["http.status >= 429 AND http.status < 500", ["throttled"]],
    ['http.url ENDSWITH "/2"', ["slow"]],
    ['http.url CONTAINS "pets" http.status = 200', ["ok", "slow"]],
    ['http.method BEGINSWITH "P"', []],
    ['annotation.tenant = "gold" AND fault', ["fault"]],
    ["annotation.size > 2", ["throttled", "fault"]],
    ["annotation.size", ["ok", "slow", "throttled", "fault"]],
    ["!annotation.other", ["ok", "slow", "throttled", "fault"]],
    ['annotation[aws:api_id] = "a1" fault', ["fault"]],
    ['annotation["aws:api_id"] = "a2"', []],
    ['service("hello")', ["ok", "slow", "throttled", "fault"]],
    ['service("nobody")', []],
    ['service("hello") { responsetime > 1 }', ["slow"]],
    ['service("pets/live") { fault }', ["fault"]],
    ["service() { fault }", []],
    ['service(id(name: "pets/live", type: "AWS::ApiGateway::Stage")) { throttle }', ["throttled"]],
    ["(fault OR throttle) AND http.status < 500", ["throttled"]],
    ["fault OR ok AND duration > 2", ["slow", "fault"]],
    [String.raw`http.url ENDSWITH "\/2"`, []],
    [String.raw`name = "\q" OR name = "a\"b" OR fault`, ["fault"]],
    ['name = "a\nb"', []],
    ["annotation.constructor", []],
  ])("%s", (expression, expected) => {
    if (expression === "service() { fault }") expect(() => matching(expression)).toThrow("a name is missing");
    else expect(matching(expression)).toEqual(expected);
  });

  it.each([
    "(",
    "ok ok)",
    "colour",
    "constructor",
    "__proto__",
    "duration",
    "duration <",
    'duration < "a"',
    "http.url < 5",
    "http.status CONTAINS 5",
    "ok = maybe",
    'service("a"',
    'edge("a", "b")',
    "annotation[",
    'http.url = "open',
    "a ; b",
    "!".repeat(200),
    "(".repeat(2_100),
  ])("that is wrong says what: %s", (expression) => {
    expect(() => compileTraceFilter(expression)).toThrow(/^Invalid filter expression: /);
  });
});

describe("stored traces", () => {
  const documents = [...traceOf(1, 200), ...traceOf(2, 503), ...traceOf(3, 404)];

  it("are given whole, and their root is the segment that nobody called", async () => {
    const { traces, incompleteIds } = await storeOf(documents).traces("0", [id(2), id(9), id(2)]);
    expect(incompleteIds).toEqual([]);
    const [trace, ...others] = traces;
    expect(others).toEqual([]);
    expect(trace).toMatchObject({ Id: id(2), Duration: 0.1, LimitExceeded: false });
    expect(trace?.Segments.map(({ Id }) => Id)).toEqual([hex(2), hex(2_002)]);
    expect(rootOf(tracesOf(documents.map((document) => ({ document, text: "" })))[0] as Trace).name).toBe(
      "pets/live",
    );
  });

  it("have summaries as X-Ray's, in the order of time, page by page", async () => {
    const { summaries, processed, nextOffset } = await storeOf(documents).summaries("0", {
      ...WHOLE,
      filter: "!ok",
    });
    expect([processed, nextOffset]).toEqual([3, undefined]);
    expect(summaries).toMatchObject([
      {
        Id: id(2),
        HasFault: true,
        HasError: false,
        IsPartial: false,
        ResponseTime: 0.1,
        Http: { HttpStatus: 503, HttpMethod: "GET", ClientIp: "192.0.2.1" },
        Annotations: {
          tenant: [{ AnnotationValue: { StringValue: "gold" } }],
          size: [{ AnnotationValue: { NumberValue: 2 } }],
        },
        EntryPoint: { Name: "pets/live", Type: "AWS::ApiGateway::Stage", AccountId: "000000000000" },
        Revision: 2,
      },
      { Id: id(3), HasError: true },
    ]);
    const many = Array.from({ length: 501 }, (_, i) => traceOf(i + 1, 200)[0] as SegmentDocument);
    const first = await storeOf(many).summaries("0", WHOLE);
    expect([first.summaries.length, first.nextOffset]).toEqual([500, 500]);
    expect((await storeOf(many).summaries("0", { ...WHOLE, offset: 500 })).summaries).toHaveLength(1);
  });

  it("are a graph of services: who called whom, how often, and what came of it", async () => {
    const services = await storeOf(documents).graph("0", WHOLE);
    expect(services).toMatchObject([
      {
        ReferenceId: 0,
        Name: "pets/live",
        Type: "AWS::ApiGateway::Stage",
        Root: true,
        SummaryStatistics: {
          OkCount: 1,
          TotalCount: 3,
          FaultStatistics: { TotalCount: 1 },
          ErrorStatistics: { TotalCount: 1 },
        },
        Edges: [{ ReferenceId: 2 }],
      },
      {
        Name: "pets/live",
        Type: "client",
        Edges: [{ ReferenceId: 0, SummaryStatistics: { TotalCount: 3 } }],
      },
      { ReferenceId: 2, Name: "hello", Type: "AWS::Lambda::Function", SummaryStatistics: { TotalCount: 3 } },
    ]);
    // Without a segment of its own, a function is known by the call.
    const [alone] = traceOf(7, 200) as [SegmentDocument];
    const inferred = await storeOf([alone]).graph("0", { ids: [id(7)] });
    expect(inferred[2]).toMatchObject({
      Name: "hello",
      Type: "AWS::Lambda",
      SummaryStatistics: { OkCount: 1 },
    });
  });

  it("are found by ids that have no time in them, as those of W3C", async () => {
    const random = "1-ffffffff-000000000000000000000001";
    const documents = traceOf(1, 200).map((one) => ({ ...one, trace_id: random }));
    const { traces } = await storedTraces(memory(documents).logs, () => NOW_S * 1_000).traces("0", [random]);
    expect(traces[0]).toMatchObject({ Id: random, Segments: [{}, {}] });
  });

  it("of which segments cannot be read are given as far as they can be, and said to be incomplete", async () => {
    const missing = [{ stream: "s", firstUnixMs: NOW_S * 1_000, lastUnixMs: NOW_S * 1_000, count: 2 }];
    const damaged = storedTraces(memory(documents, missing).logs, () => NOW_S * 1_000);
    const { traces, incompleteIds } = await damaged.traces("0", [id(2), id(9)]);
    expect(traces.map(({ Id }) => Id)).toEqual([id(2)]);
    expect(incompleteIds).toEqual([id(2), id(9)]);
    const { summaries } = await damaged.summaries("0", WHOLE);
    expect(summaries.map(({ IsPartial }) => IsPartial)).toEqual([true, true, true]);
  });

  it("are none where nothing was traced yet", async () => {
    const store = storeOf([]);
    expect(await store.traces("0", [id(1)])).toEqual({ traces: [], incompleteIds: [] });
    expect(await store.summaries("0", WHOLE)).toMatchObject({ summaries: [], processed: 0 });
  });

  it("are refused where they would take too much memory", async () => {
    const large = "x".repeat(1024 * 1024);
    const events = Array.from({ length: 129 }, () => large);
    await expect(storeOf(events).summaries("0", WHOLE)).rejects.toThrow("ask for a shorter one");
  });

  it("leave out what is no segment, whoever wrote it to their group", async () => {
    const [good] = traceOf(1, 200) as [SegmentDocument];
    const broken = [
      { subsegments: 5 },
      { subsegments: [null] },
      { annotations: null },
      { http: null },
      { start_time: "now" },
      { name: 1 },
      { trace_id: 5 },
      { user: { toString: 1 } },
      { origin: 5 },
      { http: { request: { url: { toString: 1 } } } },
      { http: { response: { status: "200" } } },
      { aws: { function_name: {} } },
    ];
    const texts = [
      "no json",
      "[]",
      "null",
      ...broken.map((members) => JSON.stringify({ ...good, ...members })),
    ];
    for (const text of texts) expect(segmentIn(text), text).toBeUndefined();
    expect(await storeOf([...texts, good]).summaries("0", WHOLE)).toMatchObject({ processed: 1 });
  });
});

it("annotations may have any name, and values that are no annotations are left out", async () => {
  const [good] = traceOf(1, 200) as [SegmentDocument];
  const annotations = '{"constructor":1,"__proto__":2,"list":[3],"object":{"toString":4}}';
  const text = JSON.stringify({ ...good, annotations: 0 }).replace(
    '"annotations":0',
    `"annotations":${annotations}`,
  );
  const { summaries } = await storeOf([text]).summaries("0", {
    ...WHOLE,
    filter: "annotation.__proto__ = 2",
  });
  expect(summaries.map(({ Annotations }) => Object.keys(Annotations))).toEqual([
    ["constructor", "__proto__"],
  ]);
});

describe("segments that clients send", () => {
  it("are stored, or the response says which are not, and why", async () => {
    const { events, logs } = memory();
    const store = storedTraces(logs, () => NOW_S * 1_000);
    const [good] = traceOf(1, 200) as [SegmentDocument];
    const { end_time: _end, ...open } = good;
    const rows: readonly [object, string | undefined][] = [
      [good, undefined],
      [{ ...open, id: hex(5), in_progress: true }, undefined],
      [{ ...open, id: hex(6) }, "end_time is missing, and it is not in_progress"],
      [{ ...good, id: "x" }, "id is not 16 hexadecimal digits"],
      [{ ...good, trace_id: "1-2-3" }, "trace_id is not valid"],
      [{ ...good, parent_id: "x" }, "parent_id is not 16 hexadecimal digits"],
      [{ ...good, name: "a;b" }, "name is not valid"],
      [{ ...good, start_time: 5 }, "it is older than 14 days"],
      [{ ...good, start_time: NOW_S + 3_600 }, "start_time is in the future"],
      [{ ...good, metadata: { x: "y".repeat(70_000) } }, "the document is larger than 64 KB"],
      [
        {},
        "the document is not a segment: id, name, trace_id or start_time is missing, or a member has another type",
      ],
    ];
    const rejected = await store.put(
      "0",
      rows.map(([document]) => JSON.stringify(document)),
    );
    expect(rejected.map(({ Message }) => Message)).toEqual(rows.flatMap(([, message]) => message ?? []));
    expect(events.map(({ message }) => (JSON.parse(message) as SegmentDocument).id)).toEqual([
      good.id,
      hex(5),
    ]);
  });

  it("are put in parts that the store takes", async () => {
    const { events, logs } = memory();
    const sizes: number[] = [];
    const put: typeof logs.put = (account, group, stream, given) => {
      sizes.push(given.reduce((sum, { message }) => sum + message.length + 26, 0));
      return logs.put(account, group, stream, given);
    };
    const [good] = traceOf(1, 200) as [SegmentDocument];
    const documents = Array.from({ length: 40 }, (_, i) =>
      JSON.stringify({ ...good, id: hex(i), metadata: { x: "y".repeat(60_000) } }),
    );
    expect(await storedTraces({ ...logs, put }, () => NOW_S * 1_000).put("0", documents)).toEqual([]);
    expect(events).toHaveLength(40);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(1_048_576);
  });

  it("are put although their stream has been removed meanwhile", async () => {
    const { events, logs } = memory();
    let isOpen = false;
    const missing = async () => {
      throw new Refusal("not-found", "The specified log stream does not exist.");
    };
    const store = storedTraces(
      {
        ...logs,
        createStream: async () => void (isOpen = true),
        put: (...given: Parameters<typeof logs.put>) => (isOpen ? logs.put(...given) : missing()),
      },
      () => NOW_S * 1_000,
    );
    const documents = [JSON.stringify(traceOf(1, 200)[0])];
    await store.put("0", documents);
    isOpen = false;
    expect(await store.put("0", documents)).toEqual([]);
    expect(events).toHaveLength(2);
  });
});
