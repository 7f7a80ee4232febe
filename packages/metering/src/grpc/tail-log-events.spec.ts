import { mkdtempDisposableSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LogStore } from "@tollgate/log-store";
import { createLogger } from "@tollgate/telemetry";
import { Tails } from "./tail-log-events.ts";

const accountId = "000000000000";
const request = {
  $typeName: "tollgate.logs.v1.TailLogEventsRequest",
  accountId,
  logGroups: ["/a"],
  logStreams: [],
  logStreamPrefixes: [],
  pattern: "",
} as const;

let scope: DisposableStack;
let store: LogStore;
beforeEach(() => {
  scope = new DisposableStack();
  const { path: folder } = scope.use(mkdtempDisposableSync(join(tmpdir(), "tails-")));
  const logger = createLogger("spec", "silent");
  store = scope.use(LogStore.open({ folder, maxBytes: 1e9, nowMs: Date.now, logger }));
  store.createGroup({ accountId, logGroup: "/a" });
});
afterEach(() => {
  scope.dispose();
});

const put = (message: string) =>
  store.append([
    {
      accountId,
      logGroup: "/a",
      stream: "s",
      events: [{ unixMs: 1, ingestionMs: 1, seq: undefined, message }],
    },
  ]);
const given = (more: object = {}) => ({ ...request, ...more }) as unknown as Parameters<Tails["follow"]>[0];

describe("tails", () => {
  it("begin at once, and have what is stored since", async () => {
    const updates = new Tails(store).follow(given(), new AbortController().signal);
    expect(await updates.next()).toMatchObject({ value: { events: [] } });
    put("one");
    expect(await updates.next()).toMatchObject({ value: { sampled: false, events: [{ message: "one" }] } });
    await updates.return(undefined);
  });

  it("leave nothing behind when their client has left", async () => {
    const left = new AbortController();
    const updates = new Tails(store).follow(given(), left.signal);
    await updates.next();
    expect(store.followers).toBe(1);
    const next = updates.next();
    left.abort();
    expect(await next).toMatchObject({ done: true });
    expect(store.followers).toBe(0);
  });

  it("are as many as an account may have", async () => {
    const tails = new Tails(store);
    const left = new AbortController();
    const open = Array.from({ length: 15 }, () => tails.follow(given(), left.signal));
    for (const one of open) await one.next();
    await expect(tails.follow(given(), left.signal).next()).rejects.toThrow("15 live tail sessions");
    await open[0]?.return(undefined);
    const again = tails.follow(given(), left.signal);
    expect(await again.next()).toMatchObject({ done: false });
    for (const one of [...open, again]) await one.return(undefined);
    expect(store.followers).toBe(0);
  });

  it.each([
    [{ logGroups: ["/b"] }, "The specified log group does not exist."],
    [{ pattern: "{ $.a = " }, "Invalid filter pattern"],
  ])("of %j are refused", async (query, message) => {
    const updates = new Tails(store).follow(given(query), new AbortController().signal);
    await expect(updates.next()).rejects.toThrow(message);
    expect(store.followers).toBe(0);
  });
});
