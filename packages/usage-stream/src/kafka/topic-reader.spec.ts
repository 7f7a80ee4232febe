import { describe, expect, it } from "vitest";
import { readable } from "./topic-reader.ts";

describe("of the messages before an end", () => {
  it.each([
    ["all are read", { low: "0", high: "9" }, 5, 5, 0],
    ["those that are deleted are not", { low: "3", high: "9" }, 5, 5, 3],
    ["none are read if all are deleted", { low: "7", high: "9" }, 5, undefined, 5],
    ["none are waited for that a topic which was made again does not have", { low: "0", high: "2" }, 5, 2, 3],
    ["none are read of an empty partition", { low: "0", high: "0" }, 5, undefined, 5],
  ])("%s", (_what, range, end, last, dropped) => {
    const { ends, dropped: gone } = readable([{ partition: 1, ...range }], new Map([[1, end]]));
    expect([ends.get(1), gone]).toEqual([last, dropped]);
  });

  it("none are read of a partition that is not there", () => {
    expect(readable([], new Map([[4, 2]]))).toEqual({ ends: new Map(), dropped: 2 });
  });
});
