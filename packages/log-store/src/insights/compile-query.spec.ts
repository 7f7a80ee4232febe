import { describe, expect, it } from "vitest";
import { compileQuery } from "./compile-query.ts";
import { Memory } from "./memory.ts";
import { QueryProblem } from "./query-problem.ts";
import { Row } from "./row.ts";

const T0 = Date.UTC(2026, 0, 2, 10);
const MINUTE = 60_000;

interface Given {
  readonly message: string;
  readonly unixMs?: number;
  readonly stream?: string;
  readonly log?: string;
}

/** The result of a query over events that are a minute apart, the first is the oldest. */
function resultsOf(text: string, events: readonly (Given | string)[], limit?: number) {
  const running = compileQuery(text, limit).start(new Memory(64 * 1024 * 1024));
  for (const [i, event] of events.entries()) {
    const {
      message,
      unixMs = T0 + i * MINUTE,
      stream = "s",
      log = "1:g",
    } = typeof event === "string" ? { message: event } : event;
    const id = String(unixMs).padStart(56, "0");
    running.take(new Row({ id: () => id, unixMs, ingestionMs: unixMs + 1, stream, log, message }));
  }
  return running.results().map((row) => Object.fromEntries(row.filter(([field]) => field !== "@ptr")));
}

const CALLS = [
  { id: "a", status: 200, ms: 10, path: "/pets", user: { name: "ada" }, ok: true },
  { id: "b", status: "200", ms: 30, path: "/pets", user: { name: "bob" }, tags: ["x", "y"], ok: true },
  { id: "c", status: 404, ms: 5, path: "/cats", ok: false },
  { id: "d", status: 500, ms: 100.5, path: "/pets", "user.name": "dotted", ip: "10.1.2.3", ok: false },
].map((call) => JSON.stringify(call));

/** Ids of the events that a filter lets pass, the oldest first. */
const passed = (test: string) =>
  resultsOf(`filter ${test} | sort @timestamp | fields id`, CALLS)
    .map(({ id }) => id)
    .join("");

describe("filter", () => {
  it.each([
    ["status = 200", "ab"],
    ["status = '200'", "ab"],
    ['status != "200"', "cd"],
    ["status >= 404", "cd"],
    ["status > 404", "d"],
    ["status < 404", "ab"],
    ["status <= 404", "abc"],
    ["ms > 9 and ms < 31", "ab"],
    ["ms < 6 or ms > 100", "cd"],
    ["ms < 6 or ms > 9 and status = 500", "cd"],
    ["(ms < 6 or ms > 9) and status = 500", "d"],
    ["not status = 200", "cd"],
    ["NOT (status = 200 OR status = 404)", "d"],
    ["status in [200, 404]", "abc"],
    ["status not in [200, 404]", "d"],
    ['path in ["/cats"]', "c"],
    ["path like 'pet'", "abd"],
    ['path not like "pet"', "c"],
    ["path like /^\\/c.ts$/", "c"],
    ["path =~ /PETS/", ""],
    ["path like /(?i)PETS/", "abd"],
    ["path like /\\/pets/", "abd"],
    ['@message like /"ms":5,/', "c"],
    ["user.name = 'ada'", "a"],
    ["user.name = 'dotted'", "d"],
    ["`user.name` = 'bob'", "b"],
    ["tags.1 = 'y'", "b"],
    ["ispresent(user.name)", "abd"],
    ["not isPresent(user)", "cd"],
    ["isempty(tags)", "acd"],
    ["isblank(ip)", "abc"],
    ["ok = 1", "ab"],
    ["ok = true", "ab"],
    ["ok = 'false'", "cd"],
    ["missing = 1", ""],
    ["missing != 1", "abcd"],
    ["missing < 1", ""],
    ["ms * 2 = 20", "a"],
    ["ms / 10 = 3", "b"],
    ["ms % 7 = 5", "c"],
    ["ms - 5 = -(5 - 5)", "c"],
    ["2 ^ 3 = 8", "abcd"],
    ["2 + 3 * 4 = 14", "abcd"],
    ["2 ^ 3 ^ 2 = 512", "abcd"],
    ["path * 2 = 0", ""],
    ["1 / 0 = 1", ""],
    ["id > 'b'", "cd"],
    ["strlen(id) = 1", "abcd"],
    ["strcontains(path, 'ts')", "abcd"],
    ["isIpInSubnet(ip, '10.0.0.0/8')", "d"],
    ["isIpv6InSubnet(ip, '::/0')", ""],
    ["isValidIp(ip)", "d"],
    ["@logStream = 's' and @log = '1:g'", "abcd"],
    ["@timestamp >= 1767348060000", "bcd"],
    ["id = 'a' # the rest of the line is a comment\n or id = 'b'", "ab"],
  ])("%s lets %j pass", (test, wanted) => {
    expect(passed(test)).toBe(wanted);
  });
});

const one = (expression: string) => resultsOf(`fields ${expression} as x | limit 1`, CALLS.slice(0, 1))[0]?.x;

describe("functions", () => {
  it.each([
    ["abs(-3)", "3"],
    ["ceil(1.2)", "2"],
    ["floor(-1.2)", "-2"],
    ["greatest(1, ms, 3)", "10"],
    ["least(4, 2)", "2"],
    ["log(1)", "0"],
    ["sqrt(9)", "3"],
    ["sqrt(-1)", undefined],
    ["0.1 + 0.2", "0.3"],
    ["concat(id, '-', status)", "a-200"],
    ["concat(id, missing)", undefined],
    ["coalesce(missing, id)", "a"],
    ["trim('  a b ')", "a b"],
    ["ltrim('xxaxx', 'x')", "axx"],
    ["rtrim('xyaxy', 'xy')", "xya".slice(0, 3)],
    ["toupper(path)", "/PETS"],
    ["tolower('ÄB')", "äb"],
    ["substr(path, 1)", "pets"],
    ["substr(path, 1, 2)", "pe"],
    ["replace(path, 't', '$&')", "/pe$&s"],
    ["strlen('é😀')", "2"],
    ["ispresent(id)", "1"],
    ["status > 200", "0"],
    ["if(status = 200, 'fine', 'bad')", "fine"],
    ["toMillis(@timestamp)", String(T0)],
    ["fromMillis(0)", "1970-01-01 00:00:00.000"],
    ["@timestamp", "2026-01-02 10:00:00.000"],
    ["datefloor(@timestamp, 1d)", "2026-01-02 00:00:00.000"],
    ["dateceil(@timestamp, 1d)", "2026-01-03 00:00:00.000"],
    ["datefloor(@timestamp, 1mo)", "2026-01-01 00:00:00.000"],
    ["dateceil(@timestamp, 1q)", "2026-04-01 00:00:00.000"],
    ["dateceil(fromMillis(0), 1y)", "1970-01-01 00:00:00.000"],
    ["user", '{"name":"ada"}'],
  ])("%s is %j", (expression, wanted) => {
    expect(one(expression)).toBe(wanted);
  });
});

describe("stats", () => {
  const text = (query: string) => resultsOf(query, CALLS);

  it.each([
    ["stats count(*)", [{ "count(*)": "4" }]],
    ["stats count() as n", [{ n: "4" }]],
    ["stats count(tags) as n", [{ n: "1" }]],
    [
      "stats count(*) as n by path",
      [
        { path: "/cats", n: "1" },
        { path: "/pets", n: "3" },
      ],
    ],
    [
      "stats avg(ms), min(ms), max(ms), sum(ms)",
      [{ "avg(ms)": "36.375", "min(ms)": "5", "max(ms)": "100.5", "sum(ms)": "145.5" }],
    ],
    ["stats pct(ms, 50) as p50, pct(ms, 100) as p100", [{ p50: "10", p100: "100.5" }]],
    ["stats stddev(status) as d by path | filter path = '/cats'", [{ path: "/cats", d: "0" }]],
    ["stats count_distinct(path) as n", [{ n: "2" }]],
    [
      "stats earliest(id) as e, latest(id) as l, sortsFirst(path) as f, sortsLast(path) as g",
      [{ e: "a", l: "d", f: "/cats", g: "/pets" }],
    ],
    [
      "stats count(*) as n by bin(2m)",
      [
        { "bin(2m)": "2026-01-02 10:02:00.000", n: "2" },
        { "bin(2m)": "2026-01-02 10:00:00.000", n: "2" },
      ],
    ],
    [
      "stats max(ms) as most, min(ms) as least, most - least as spread",
      [{ most: "100.5", least: "5", spread: "95.5" }],
    ],
    ["stats sum(ms) / count(*) as mean | display mean", [{ mean: "36.375" }]],
    ["stats avg(ms) as x by status | sort x desc | limit 1", [{ status: "500", x: "100.5" }]],
    [
      "stats count(*) as n by path, status | stats max(n) as most by path",
      [
        { path: "/cats", most: "1" },
        { path: "/pets", most: "2" },
      ],
    ],
    ["filter status = 1 | stats count(*)", []],
    ["stats avg(path) as x, count(*) as n", [{ n: "4" }]],
    ["stats min(@timestamp) as t", [{ t: String(T0) }]],
    ["stats latest(@timestamp) as t", [{ t: "2026-01-02 10:03:00.000" }]],
    ["stats count(*) as n by missing", [{ n: "4" }]],
  ])("%s", (query, wanted) => {
    expect(text(query)).toEqual(wanted);
  });

  it("estimates percentiles and different values of many within 2 %", () => {
    const events = Array.from({ length: 20_000 }, (_, i) =>
      JSON.stringify({ v: i + 1, k: `k${i % 15_000}` }),
    );
    const [row] = resultsOf("stats pct(v, 90) as p, count_distinct(k) as n", events);
    expect(Math.abs(Number(row?.p) / 18_000 - 1)).toBeLessThan(0.02);
    expect(Math.abs(Number(row?.n) / 15_000 - 1)).toBeLessThan(0.06);
  });
});

describe("rows", () => {
  it.each([
    [
      "of no command but a filter have time and message, the newest first",
      "filter id like /[ab]/",
      [
        { "@timestamp": "2026-01-02 10:01:00.000", "@message": CALLS[1] },
        { "@timestamp": "2026-01-02 10:00:00.000", "@message": CALLS[0] },
      ],
    ],
    [
      "have the fields of all commands",
      "fields id | fields ms + 1 as next, missing | limit 1",
      [{ id: "d", next: "101.5" }],
    ],
    [
      "have those of the last display",
      "fields id, ms | display id | display ms | limit 1",
      [{ ms: "100.5" }],
    ],
    ["of an expression have its text as their name", "fields ms + 1 | limit 1", [{ "ms + 1": "101.5" }]],
    [
      "are sorted by several fields",
      "fields id | sort path desc, ms asc",
      ["a", "b", "d", "c"].map((id) => ({ id })),
    ],
    [
      "are sorted by what parts of texts are",
      "fields id | sort status, id desc | limit 2",
      [{ id: "b" }, { id: "a" }],
    ],
    ["are the newest of each value", "fields id | dedup path", [{ id: "d" }, { id: "c" }]],
    [
      "are the first of each value in the order of a sort",
      "fields id | sort ms | dedup path | limit 1",
      [{ id: "c" }],
    ],
    [
      "that have no value are no duplicates",
      "fields id | dedup ip",
      ["d", "c", "b", "a"].map((id) => ({ id })),
    ],
    ["may be filtered after a limit", "fields id | limit 2 | filter status = 404", [{ id: "c" }]],
    ["may be sorted after a limit", "fields id | limit 2 | sort id", [{ id: "c" }, { id: "d" }]],
    ["keep what is computed before a sort", "fields ms * 2 as x | sort x desc | limit 1", [{ x: "201" }]],
  ])("%s", (_, query, wanted) => {
    expect(resultsOf(query, CALLS)).toEqual(wanted);
  });

  it("are as many as are asked for, unless the query says so", () => {
    expect(resultsOf("fields id", CALLS, 3)).toHaveLength(3);
    expect(resultsOf("fields id | limit 2", CALLS, 1)).toHaveLength(2);
  });

  it("are the first in their order, however many events there are", () => {
    const events = Array.from({ length: 5_000 }, (_, i) => JSON.stringify({ n: (i * 7919) % 5_000 }));
    expect(resultsOf("fields n | sort n desc | limit 3", events).map(({ n }) => n)).toEqual([
      "4999",
      "4998",
      "4997",
    ]);
    const [newest] = resultsOf("limit 1", events);
    expect(newest?.["@message"]).toBe(events.at(-1));
  });

  it("are sorted naturally", () => {
    const order = [
      "!:",
      "#",
      "*%04",
      "0#",
      "5A",
      "111A",
      "2345_",
      "@",
      "@_",
      "A",
      "A9876fghj",
      "a12345hfh",
      "0",
      "1",
      "2",
      "3",
    ];
    const events = order.toReversed().map((v) => JSON.stringify({ v }));
    expect(resultsOf("fields v | sort v", events).map(({ v }) => v)).toEqual(order);
  });
});

describe("parse", () => {
  const LINES = ["user=ada, method:GET, latency := 12", "user=bob, method:PUT, latency := 30", "nothing"];

  it.each([
    [
      "with a text",
      "parse @message 'user=*, method:*, latency := *' as user, method, ms | display user, method, ms | sort @timestamp",
      [{ user: "ada", method: "GET", ms: "12" }, { user: "bob", method: "PUT", ms: "30" }, {}],
    ],
    [
      "of the message where no field is named",
      "parse 'method:*,' as m | filter ispresent(m) | display m | sort m",
      [{ m: "GET" }, { m: "PUT" }],
    ],
    [
      "with an expression",
      "parse @message /user=(?<user>\\w+), method:(?<m>\\w+)/ | filter m = 'PUT' | display user",
      [{ user: "bob" }],
    ],
    [
      "gives numbers to stats",
      "parse @message 'latency := *' as ms | stats sum(ms) as total",
      [{ total: "42" }],
    ],
    [
      "is shown besides the message",
      "parse @message 'user=*,' as user | filter user = 'ada' | fields @message",
      [{ "@message": LINES[0], user: "ada" }],
    ],
  ])("%s", (_, query, wanted) => {
    expect(resultsOf(query, LINES)).toEqual(wanted);
  });
});

it("a function's report has fields", () => {
  const report =
    "REPORT RequestId: 3d0d1b5c-61c5-4c1d-9b3e-0d3bca000001\tDuration: 12.5 ms\tBilled Duration: 13 ms\tMemory Size: 128 MB\tMax Memory Used: 64 MB";
  expect(
    resultsOf("filter @type = 'REPORT' | stats max(@duration) as d, max(@memorySize / 2) as m", [report]),
  ).toEqual([{ d: "12.5", m: "64" }]);
});

describe("a query that is malformed is refused with its place", () => {
  it.each([
    [
      "",
      "a command (fields, display, filter, stats, sort, limit, parse, dedup) is expected, and the query ends",
      0,
      0,
    ],
    ["fields", "a field, a number, a text or a function is expected, and the query ends", 6, 6],
    [
      "fields a |",
      "a command (fields, display, filter, stats, sort, limit, parse, dedup) is expected, and the query ends",
      10,
      10,
    ],
    ["fields a | frobnicate b", "is expected, and 'frobnicate' is there", 11, 21],
    ["pattern @message", "the command pattern is not supported", 0, 7],
    ["filter a =", "is expected, and the query ends", 10, 10],
    ["filter (a = 1", "')' is expected, and the query ends", 13, 13],
    ["filter a = 'b", "a text is not closed: ' is expected", 11, 13],
    [
      "filter a like b",
      "a text in quotes, or a regular expression between slashes is expected, and 'b' is there",
      14,
      15,
    ],
    ["filter a like /(/", "the regular expression is not valid", 14, 17],
    ["filter a like /b", "a regular expression is not closed", 14, 16],
    ["filter a like /(?=b)/", "cannot be matched in linear time", 14, 21],
    ["filter a in [1, 2", "']' is expected, and the query ends", 17, 17],
    ["filter a not 1", "'like' or 'in' is expected, and '1' is there", 13, 14],
    ["filter frob(a)", "the function frob does not exist", 7, 14],
    ["filter constructor(a)", "the function constructor does not exist", 7, 21],
    ["fields abs(a, b)", "abs has 2 arguments; it takes 1", 7, 16],
    ["fields substr(a)", "substr has 1 arguments; it takes 2 to 3", 7, 16],
    ["fields avg(a)", "the function avg does not exist, or is not possible here", 7, 13],
    ["stats a", "a has no aggregate", 6, 7],
    ["stats avg(max(a))", "the function max does not exist, or is not possible here", 10, 16],
    ["stats pct(a)", "pct has 1 arguments; it takes 2", 6, 12],
    ["stats count(*) by bin(5)", "bin takes a period, such as bin(5m)", 18, 24],
    [
      "stats count(*) by bin(5x)",
      "with one of the units ms, s, m, h, d, w, mo, q, y is expected, and 'x' is there",
      23,
      24,
    ],
    ["fields 5m", "a period is only possible in bin", 7, 9],
    ["fields a as", "the name of a field is expected, and the query ends", 11, 11],
    ["limit x", "a number from 1 to 10000 is expected, and 'x' is there", 6, 7],
    ["limit 10001", "a number from 1 to 10000 is expected", 6, 11],
    ["parse @message 'a*b*' as c", "the pattern has 2 '*', and 1 names are given for them", 15, 26],
    ["parse @message /a/", "the regular expression has no named group", 15, 18],
    ["parse @message 'a*'", "'as' is expected, and the query ends", 19, 19],
    ["dedup a | fields b", "only limit can come after dedup", 10, 18],
    ["fields a ; b", "unexpected ';'", 9, 10],
    ["fields a b", "'|' or the end of the query is expected, and 'b' is there", 9, 10],
    [
      `fields ${"(".repeat(100)}a${")".repeat(100)}`,
      "expressions are nested more than 64 levels deep",
      71,
      72,
    ],
    [`fields ${"a".repeat(10_000)}`, "the query has 10007 characters; the limit is 10000", 10_000, 10_007],
  ])("%j", (query, message, start, end) => {
    let problem: unknown;
    try {
      compileQuery(query);
    } catch (error) {
      problem = error;
    }
    expect(problem).toBeInstanceOf(QueryProblem);
    expect((problem as QueryProblem).message).toContain(message);
    expect([(problem as QueryProblem).start, (problem as QueryProblem).end]).toEqual([start, end]);
  });
});

it("what is kept is bounded", () => {
  const running = compileQuery("stats count(*) by id").start(new Memory(100_000));
  const add = (i: number) =>
    running.take(
      new Row({ id: String, unixMs: i, ingestionMs: i, stream: "s", log: "1:g", message: `{"id":${i}}` }),
    );
  expect(() => {
    for (let i = 0; i < 1_000; i++) add(i);
  }).toThrow("the query keeps more than");
});
