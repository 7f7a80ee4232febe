import { mkdtempDisposableSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createLogger } from "@tollgate/telemetry";
import { LogStore } from "../store/log-store.ts";
import { type NewQuery, QueryRuns, type QueryRunsOptions } from "./query-runs.ts";

const NOW = Date.UTC(2026, 0, 2);
const accountId = "000000000000";
const logger = createLogger("spec", "silent");

let folder: ReturnType<typeof mkdtempDisposableSync>;
let store: LogStore;
let scope: DisposableStack;
beforeEach(() => {
  scope = new DisposableStack();
  folder = scope.use(mkdtempDisposableSync(join(tmpdir(), "query-runs-")));
  store = scope.use(LogStore.open({ folder: folder.path, maxBytes: 1e9, nowMs: () => NOW, logger }));
});
afterEach(() => scope.dispose());

const runsOf = (options: Partial<QueryRunsOptions> = {}) =>
  scope.use(new QueryRuns({ store, nowMs: () => NOW, logger, ...options }));
const put = (logGroup: string, messages: readonly string[], account = accountId) =>
  store.append([
    {
      accountId: account,
      logGroup,
      stream: "s",
      events: messages.map((message, i) => ({ unixMs: NOW + i, ingestionMs: NOW, seq: undefined, message })),
    },
  ]);
const query = (text: string, more: Partial<NewQuery> = {}): NewQuery => ({
  accountId,
  logGroups: ["/a"],
  text,
  startMs: 0,
  endMs: Number.MAX_SAFE_INTEGER,
  limit: 0,
  ...more,
});
const ended = (runs: QueryRuns, id: string) =>
  vi.waitFor(
    () => {
      const state = runs.get(accountId, id);
      expect(["Scheduled", "Running"]).not.toContain(state.status);
      return state;
    },
    { timeout: 60_000, interval: 5 },
  );

describe("queries", () => {
  it("of an account do not wait for all that another has started before", async () => {
    const other = "111111111111";
    put("/a", ["one"]);
    put("/a", ["one"], other);
    const runs = runsOf();
    for (let i = 0; i < 8; i++) runs.start(query("fields @message", { accountId: other }));
    const id = runs.start(query("fields @message"));
    // A query looks its groups up when it begins.
    const begun = vi.spyOn(store, "group");
    await ended(runs, id);
    expect(begun.mock.calls[0]?.[0]).toMatchObject({ accountId });
  });

  it("read all groups they name, and count what they read", async () => {
    put("/a", ["one 1", "two 2"]);
    put("/b", ["one 3"]);
    put("/a", ["of another account"], "111111111111");
    const runs = runsOf();
    const id = runs.start(
      query("filter @message like 'one' | stats count(*) as n by @log", { logGroups: ["/a", "/b"] }),
    );
    expect(await ended(runs, id)).toMatchObject({
      status: "Complete",
      statistics: { recordsMatched: 2, recordsScanned: 3, bytesScanned: 15, recordsSkipped: 0 },
      rows: [
        [
          ["@log", `${accountId}:/a`],
          ["n", "1"],
        ],
        [
          ["@log", `${accountId}:/b`],
          ["n", "1"],
        ],
      ],
    });
  });

  it("read only their time", async () => {
    put("/a", ["0", "1", "2", "3"]);
    const runs = runsOf();
    const id = runs.start(query("fields @message | sort @timestamp", { startMs: NOW + 1, endMs: NOW + 3 }));
    const { rows } = await ended(runs, id);
    expect(rows.map(([first]) => first)).toEqual([
      ["@message", "1"],
      ["@message", "2"],
    ]);
  });

  it("are not those of another account", () => {
    put("/a", ["x"]);
    const runs = runsOf();
    const id = runs.start(query("limit 1"));
    expect(() => runs.get("111111111111", id)).toThrow("does not exist");
    expect(runs.list("111111111111")).toEqual([]);
    expect(runs.list(accountId)).toHaveLength(1);
    expect(() => runs.start(query("limit 1", { accountId: "111111111111" }))).toThrow(
      "Log group '/a' does not exist for account ID '111111111111'",
    );
  });

  it("wait for others, and are stopped while they wait or run", async () => {
    put("/a", ["x"]);
    const runs = runsOf();
    const ids = Array.from({ length: 30 }, () => runs.start(query("limit 1")));
    expect(() => runs.start(query("limit 1"))).toThrow("concurrency limit of [30]");
    expect(runs.get(accountId, ids[29] as string).status).toBe("Scheduled");
    expect([runs.stop(accountId, ids[0] as string), runs.stop(accountId, ids[29] as string)]).toEqual([
      true,
      true,
    ]);
    expect(runs.stop(accountId, ids[29] as string)).toBe(false);
    for (const id of ids.slice(1, 29)) expect((await ended(runs, id)).status).toBe("Complete");
    expect(ids.filter((id) => runs.get(accountId, id).status === "Cancelled")).toEqual([ids[0], ids[29]]);
  });

  it("end when their time is up", async () => {
    put("/a", ["x"]);
    const runs = runsOf({ timeoutMs: 0 });
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const id = runs.start(query("limit 1"));
      vi.runAllTimers();
      vi.useRealTimers();
      expect((await ended(runs, id)).status).toBe("Timeout");
    } finally {
      vi.useRealTimers();
    }
  });

  it("fail where a pattern takes too long, and say why", async () => {
    // In an order that does not repeat, or the states of the pattern would be known soon.
    const text = Array.from(
      { length: 1_000_000 },
      (_, i) => "ab"[(Math.imul(i, 2_654_435_761) >>> 15) & 1],
    ).join("");
    put("/a", [text]);
    const runs = runsOf();
    const id = runs.start(query("filter @message like /[ab]*a[ab]{500}$/"));
    expect(await ended(runs, id)).toMatchObject({
      status: "Failed",
      failure: expect.stringContaining("patterns take longer"),
    });
  });

  it("give way to newer ones where results have no room", async () => {
    put("/a", ["x".repeat(1_000)]);
    const runs = runsOf({ resultsMaxBytes: 3_000 });
    const first = runs.start(query("fields @message"));
    await ended(runs, first);
    const second = runs.start(query("fields @message"));
    expect((await ended(runs, second)).rows).toHaveLength(1);
    await vi.waitFor(() => expect(() => runs.get(accountId, first)).toThrow("is not kept any more"), {
      timeout: 60_000,
    });
  });

  it("count what they cannot read", async () => {
    put("/a", ["x".repeat(500)]);
    put("/a", ["fine"]);
    const [file] = readdirSync(folder.path, { recursive: true })
      .map(String)
      .filter((name) => name.endsWith(".log"));
    const path = join(folder.path, file as string);
    const bytes = readFileSync(path);
    // Inside the body of the first block, behind its head.
    bytes[bytes.indexOf("}") + 5] = (bytes[bytes.indexOf("}") + 5] as number) ^ 0xff;
    writeFileSync(path, bytes);
    const runs = runsOf();
    const id = runs.start(query("fields @message"));
    expect(await ended(runs, id)).toMatchObject({
      status: "Complete",
      rows: [
        [
          ["@message", "fine"],
          ["@ptr", expect.any(String)],
        ],
      ],
      statistics: { recordsScanned: 1, recordsSkipped: 1 },
    });
  });
});
