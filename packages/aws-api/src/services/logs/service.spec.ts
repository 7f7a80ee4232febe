import { describe, expect, it } from "vitest";
import type { LogPage } from "../../logs-port.ts";
import type { EventStream } from "../../protocol/json/event-stream.ts";
import type { JsonOperation, JsonRequest } from "../../protocol/json/operation.ts";
import { eventOperations } from "./events.ts";
import { groupOperations } from "./groups.ts";
import { liveTail } from "./live-tail.ts";
import { queryOperations } from "./queries.ts";
import { streamOperations } from "./streams.ts";
import { tagOperations } from "./tags.ts";

const operations = [
  ...eventOperations,
  ...groupOperations,
  ...streamOperations,
  ...tagOperations,
  ...queryOperations,
  liveTail(),
];
const operationOf = (name: string): JsonOperation => {
  const found = operations.find((one) => one.name === name);
  if (!found) throw new Error(`there is no operation ${name}`);
  return found;
};

const GROUP = "arn:aws:logs:eu-west-1:111111111111:log-group:g";
const groups = [
  { name: "g", createdUnixMs: 1, retentionDays: 0, storedBytes: 0, tags: {}, logGroupClass: "STANDARD" },
];
const request = (input: JsonRequest["input"], page: LogPage = { events: [], next: "", missing: [] }) =>
  ({
    input,
    region: "eu-west-1",
    caller: { accountId: "111111111111" },
    application: { logs: { groups: async () => groups, read: async () => page } },
  }) as unknown as JsonRequest;

describe("the resource that a policy decides about", () => {
  it.each([
    ["TagResource", "g"],
    ["TagResource", GROUP],
    ["TagResource", `${GROUP}:*`],
    ["UntagResource", "arn:aws:logs:us-east-1:111111111111:log-group:g"],
    ["ListTagsForResource", "arn:aws-cn:logs:::log-group:g"],
  ])("of %s is the group, however %s names it", (name, resourceArn) => {
    expect(operationOf(name).resource(request({ resourceArn }))).toBe(GROUP);
  });
});

describe("a group of another account", () => {
  const OTHER = "arn:aws:logs:eu-west-1:222222222222:log-group:g";

  it.each([
    ["TagResource", { resourceArn: OTHER, tags: {} }],
    ["ListTagsForResource", { resourceArn: OTHER }],
    ["FilterLogEvents", { logGroupIdentifier: OTHER }],
    ["GetLogEvents", { logGroupIdentifier: OTHER, logStreamName: "s" }],
    ["DescribeLogStreams", { logGroupIdentifier: OTHER }],
    ["StartQuery", { logGroupIdentifiers: [OTHER] }],
    ["StartLiveTail", { logGroupIdentifiers: [OTHER] }],
  ])("does not exist for %s, also where the caller has one of its name", (name, input) => {
    expect(() => operationOf(name).resource(request(input))).toThrow(
      "The specified log group does not exist.",
    );
  });

  it("is not described", async () => {
    const describedBy = (text: string) =>
      operationOf("DescribeLogGroups").run(request({ logGroupIdentifiers: [text] }));
    expect(await describedBy(OTHER)).toEqual({ logGroups: [] });
    expect(await describedBy(GROUP)).toMatchObject({ logGroups: [{ logGroupName: "g" }] });
  });
});

it.each([
  ["StartQuery", { logGroupIdentifiers: [GROUP, `${GROUP}2`, `${GROUP}3`] }],
  ["StartLiveTail", { logGroupIdentifiers: [GROUP, `${GROUP}2`, `${GROUP}3`] }],
])("%s must be allowed on each of its groups", (name, input) => {
  const { resource, alsoNeeds } = operationOf(name);
  const action = `logs:${name}`;
  expect(resource(request(input))).toBe(`${GROUP}:*`);
  expect(alsoNeeds?.(request(input))).toEqual({
    action,
    resource: `${GROUP}2:*`,
    and: { action, resource: `${GROUP}3:*`, and: undefined },
  });
});

describe("events that are missing because the log store is damaged", () => {
  const eventAt = (unixMs: number) => ({
    id: String(unixMs).padStart(56, "0"),
    unixMs,
    ingestionUnixMs: unixMs,
    stream: "s",
    message: `at ${unixMs}`,
  });
  const missing = [
    { stream: "s", firstUnixMs: 20, lastUnixMs: 29, count: 4 },
    { stream: "", firstUnixMs: 0, lastUnixMs: 90, count: 0 },
    { stream: "s", firstUnixMs: 25, lastUnixMs: 35, count: 3 },
  ];
  const run = (name: string, input: object, of: LogPage["missing"]) =>
    operationOf(name).run(
      request({ logGroupName: "g", ...input }, { events: [eventAt(10), eventAt(50)], next: "", missing: of }),
    ) as Promise<Record<string, unknown> & { events: readonly { message: string }[] }>;

  it("make their streams ones that FilterLogEvents has not searched completely", async () => {
    expect(await run("FilterLogEvents", {}, missing)).toMatchObject({
      events: [{ message: "at 10" }, { message: "at 50" }],
      searchedLogStreams: [{ searchedCompletely: false }, { logStreamName: "s", searchedCompletely: false }],
    });
    expect(await run("FilterLogEvents", {}, [])).toMatchObject({ searchedLogStreams: [] });
  });

  it("are an event of GetLogEvents where they were, which pages do not begin at", async () => {
    const { events, ...tokens } = await run(
      "GetLogEvents",
      { logStreamName: "s", startFromHead: true },
      missing,
    );
    expect(events.map(({ message }) => message)).toEqual([
      "[tollgate] events of one or more streams of this group from 1970-01-01T00:00:00.000Z to 1970-01-01T00:00:00.090Z are missing: the log store is damaged there",
      "at 10",
      "[tollgate] 7 events from 1970-01-01T00:00:00.020Z to 1970-01-01T00:00:00.035Z are missing: the log store is damaged there",
      "at 50",
    ]);
    const { events: whole, ...same } = await run(
      "GetLogEvents",
      { logStreamName: "s", startFromHead: true },
      [],
    );
    expect(whole).toHaveLength(2);
    expect(tokens).toEqual(same);
  });

  it("are said once to whoever follows the stream: the page that says it ends behind them", async () => {
    const newest = { stream: "s", firstUnixMs: 60, lastUnixMs: 70, count: 2 };
    const tokensOf = async (input: object, of: LogPage) => {
      const { run: get } = operationOf("GetLogEvents");
      const asked = request({ logGroupName: "g", logStreamName: "s", ...input }, of);
      return (await get(asked)) as { events: readonly unknown[]; nextForwardToken: string };
    };
    const page = { events: [eventAt(50)], next: "", missing: [newest] };
    const behind = `f/${(71n << 144n).toString().padStart(56, "0")}/s`;
    expect(await tokensOf({ startFromHead: true }, page)).toMatchObject({ nextForwardToken: behind });
    expect(await tokensOf({}, page)).toMatchObject({ nextForwardToken: behind });
    // More of it may be in front of what is missing.
    expect(await tokensOf({ startFromHead: true }, { ...page, next: eventAt(50).id })).toMatchObject({
      nextForwardToken: `f/${eventAt(50).id}/s`,
    });
    const unknown = { events: [], next: "", missing: [{ ...newest, stream: "" }] };
    expect(await tokensOf({ startFromHead: true }, unknown)).toMatchObject({ events: [{}] });
    expect(await tokensOf({ nextToken: behind }, unknown)).toEqual({
      events: [],
      nextForwardToken: behind,
      nextBackwardToken: behind.replace("f", "b"),
    });
  });
});

describe("a record of a query's result", () => {
  const id = (BigInt(1_767_323_045_123) << 144n).toString().padStart(56, "0");
  const pointerTo = (log: string, of = id) => Buffer.from(`${log}\n${of}`).toString("base64url");
  const message = JSON.stringify({ a: { b: [1, { c: true }] }, none: null, "@message": "own" });
  const event = { id, unixMs: 1_767_323_045_123, ingestionUnixMs: 2, stream: "s", message };
  const get = (logRecordPointer: string) => {
    const asked = request({ logRecordPointer }, { events: [event], next: "", missing: [] });
    const { resource, run } = operationOf("GetLogRecord");
    return { resource: () => resource(asked), run: () => run(asked) };
  };

  it("has all fields of its event, and those of a message of JSON by their paths", async () => {
    const { resource, run } = get(pointerTo("111111111111:g"));
    expect(resource()).toBe(`${GROUP}:*`);
    expect(await run()).toEqual({
      logRecord: {
        "a.b.0": "1",
        "a.b.1.c": "true",
        "@@message": "own",
        "@ptr": pointerTo("111111111111:g"),
        "@timestamp": "1767323045123",
        "@ingestionTime": "2",
        "@message": message,
        "@logStream": "s",
        "@log": "111111111111:g",
      },
    });
  });

  it.each([
    ["of another account", "222222222222:g", id, "The specified log record does not exist."],
    ["that is gone", "111111111111:g", `1${id.slice(1)}`, "The specified log record does not exist."],
    ["of no log", "g", id, "The specified logRecordPointer is invalid."],
    ["without an id", "111111111111:g", "1", "The specified logRecordPointer is invalid."],
  ])("%s is refused", async (_, log, of, says) => {
    await expect((async () => get(pointerTo(log, of)).run())()).rejects.toThrow(says);
  });
});

describe("a live tail", () => {
  const update = { events: [], isSampled: false };
  const read = async (operation: JsonOperation, failure?: Error) => {
    let signal: AbortSignal | undefined;
    const asked = {
      ...request({ logGroupIdentifiers: [GROUP] }),
      application: {
        logs: {
          tail: async (_account: string, _query: object, left: AbortSignal) => {
            signal = left;
            return (async function* () {
              for (let i = 0; i < 3; i++) yield update;
              if (failure) throw failure;
            })();
          },
        },
      },
    } as unknown as JsonRequest;
    const stream = (await operation.run(asked)) as EventStream;
    const types: string[] = [];
    for await (const { type } of stream.events) types.push(type);
    stream.leave();
    return { types, isLeft: signal?.aborted };
  };

  it("has a start and updates, and is left", async () => {
    expect(await read(operationOf("StartLiveTail"))).toEqual({
      types: ["sessionStart", "sessionUpdate", "sessionUpdate", "sessionUpdate"],
      isLeft: true,
    });
  });

  it("ends with an exception when its updates fail", async () => {
    const { types } = await read(operationOf("StartLiveTail"), new Error("the logs cannot be reached"));
    expect(types.slice(-2)).toEqual(["sessionUpdate", "SessionStreamingException"]);
  });

  it("ends with an exception when its time is up", async () => {
    expect(await read(liveTail(0))).toMatchObject({
      types: ["sessionStart", "sessionUpdate", "SessionTimeoutException"],
    });
  });

  it.each([
    [{ logGroupIdentifiers: ["g"] }, "The log group identifier 'g' is not an ARN"],
    [{ logGroupIdentifiers: [`${GROUP}:*`] }, "without ':*'"],
    [{ logGroupIdentifiers: [] }, "Member must have length from 1 to 10"],
    [{ logGroupIdentifiers: [GROUP, `${GROUP}2`], logStreamNames: ["s"] }, "with one log group only"],
    [
      { logGroupIdentifiers: [GROUP], logStreamNames: ["s"], logStreamNamePrefixes: ["s"] },
      "are mutually exclusive parameters",
    ],
  ])("of %j is refused", async (input, message) => {
    await expect(async () => operationOf("StartLiveTail").run(request(input))).rejects.toThrow(message);
  });
});

it.each([
  [{ startTime: 2, endTime: 1 }, "endTime must not be before startTime"],
  [{ startTime: -1, endTime: 1 }, "Value '-1' at 'startTime' failed to satisfy constraint"],
  [{ startTime: 1, endTime: 2, limit: 10_001 }, "Value '10001' at 'limit' failed to satisfy constraint"],
  [{ startTime: 1, endTime: 2, queryLanguage: "SQL" }, "Value 'SQL' at 'queryLanguage'"],
  [{ startTime: 1, endTime: 2, logGroupNames: ["h"] }, "Only one of logGroupName"],
])("a query with %j is refused", async (input, message) => {
  const given = { logGroupName: "g", queryString: "limit 1", ...input };
  await expect(async () => operationOf("StartQuery").run(request(given))).rejects.toThrow(message);
});

describe("times", () => {
  const page = (startTime: number, nextToken?: unknown) =>
    operationOf("GetLogEvents").run(
      request({ logGroupName: "g", logStreamName: "s", startTime, ...(nextToken ? { nextToken } : {}) }),
    ) as Promise<Readonly<Record<string, unknown>>>;

  it.each([0, 1_700_000_000_000, Number.MAX_SAFE_INTEGER])(
    "from %d on give tokens that are accepted",
    async (startTime) => {
      const tokens = await page(startTime);
      expect(await page(startTime, tokens.nextForwardToken)).toEqual(tokens);
    },
  );

  it("are refused before 1970", async () => {
    await expect(page(-1)).rejects.toThrow("Value '-1' at 'startTime' failed to satisfy constraint");
  });
});
