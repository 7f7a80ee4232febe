import { expect, it } from "vitest";
import type { Connection } from "@tollgate/pipeline";
import { ConnectionNotices } from "./connection-notices.ts";
import type { ConnectionNotice } from "./protocol.ts";

const turnEnded = () => new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)));
const connectionOf = (id: string) => ({ record: { id } }) as Connection;

it("one notice is sent for all of a turn, and the ends that it tells of are settled once it has left", async () => {
  const notices: ConnectionNotice[] = [];
  const left: (() => void)[] = [];
  const settled: string[] = [];
  const watched = new ConnectionNotices((notice, sent) => {
    notices.push(notice);
    left.push(sent);
  });
  watched.opened(connectionOf("a"));
  watched.opened(connectionOf("b"));
  watched.closed("a", () => settled.push("a"));
  await turnEnded();
  expect(notices).toEqual([{ type: "connections", opened: [{ id: "a" }, { id: "b" }], closed: ["a"] }]);
  expect(settled).toEqual([]);
  left[0]?.();
  expect(settled).toEqual(["a"]);
});

it("minutes that are recorded are those of all connections that opened before, and it is said at once", async () => {
  const notices: ConnectionNotice[] = [];
  const watched = new ConnectionNotices((notice) => void notices.push(notice));
  watched.opened(connectionOf("a"));
  watched.counted(1_000);
  watched.opened(connectionOf("b"));
  expect(notices).toEqual([{ type: "connections", opened: [{ id: "a" }], closed: [], countedUnixMs: 1_000 }]);
  await turnEnded();
  expect(notices[1]).toEqual({ type: "connections", opened: [{ id: "b" }], closed: [] });
});
