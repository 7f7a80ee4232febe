import { EventEmitter } from "node:events";
import { expect, it, vi } from "vitest";
import type { Logger } from "@tollgate/telemetry";
import { seekOnAssignment } from "./receiver.ts";

it("a position that cannot be read is logged, and the other partitions continue at theirs", async () => {
  const emitter = new EventEmitter();
  const [warn, seek] = [vi.fn(), vi.fn()];
  const consumer = {
    events: { GROUP_JOIN: "join" },
    on: (name: string, heard: () => void) => emitter.on(name, heard),
    seek,
  };
  const nextOffset = async (_topic: string, partition: number) => {
    if (partition === 0) throw new Error("the database is away");
    return 7;
  };
  seekOnAssignment(consumer as never, "usage", { nextOffset }, { warn } as unknown as Logger);
  emitter.emit("join", { payload: { memberAssignment: { usage: [0, 1] } } });
  await vi.waitFor(() => expect(warn).toHaveBeenCalledOnce(), { timeout: 20_000 });
  expect(warn.mock.calls[0]?.[0]).toEqual({ partition: 0, error: "Error: the database is away" });
  expect(seek.mock.calls).toEqual([[{ topic: "usage", partition: 1, offset: "7" }]]);
});
