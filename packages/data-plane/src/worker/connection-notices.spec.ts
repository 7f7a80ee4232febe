import { expect, it } from "vitest";
import type { Connection } from "@tollgate/pipeline";
import { ConnectionNotices } from "./connection-notices.ts";
import type { ConnectionNotice } from "./protocol.ts";

const turnEnded = () => new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)));
const connectionOf = (id: string) => ({ record: { id } }) as Connection;

it("one notice is sent of all ends of a turn, and they are settled once it has left", async () => {
  const notices: ConnectionNotice[] = [];
  const left: (() => void)[] = [];
  const settled: string[] = [];
  const watched = new ConnectionNotices((notice, sent) => {
    notices.push(notice);
    left.push(sent);
  });
  watched.closed("a", () => settled.push("a"));
  watched.closed("b", () => settled.push("b"));
  await turnEnded();
  expect(notices).toEqual([{ type: "connections", opened: [], closed: ["a", "b"] }]);
  expect(settled).toEqual([]);
  left[0]?.();
  expect(settled).toEqual(["a", "b"]);
});

it("that a connection opens, and that minutes of those are recorded which opened before, is said at once", () => {
  const notices: ConnectionNotice[] = [];
  const watched = new ConnectionNotices((notice) => void notices.push(notice));
  watched.opened(connectionOf("a"));
  watched.counted(1_000);
  watched.opened(connectionOf("b"));
  expect(notices).toEqual([
    { type: "connections", opened: [{ id: "a" }], closed: [] },
    { type: "connections", opened: [], closed: [], countedUnixMs: 1_000 },
    { type: "connections", opened: [{ id: "b" }], closed: [] },
  ]);
});
