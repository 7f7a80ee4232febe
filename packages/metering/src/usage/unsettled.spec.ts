import { describe, expect, it } from "vitest";
import { UnsettledWatch } from "./unsettled.ts";

const behind = (source: string, countedSeq: number, recordedSeq: number) => ({
  source,
  countedSeq,
  recordedSeq,
});

describe("usage that waits to be counted", () => {
  it("waits from when its source was first seen behind it, while less than that is counted", () => {
    const watch = new UnsettledWatch();
    const secondsAt = (s: number, ...now: ReturnType<typeof behind>[]) => watch.seen(now, s * 1_000)?.seconds;
    expect(secondsAt(0, behind("a", 5, 9))).toBe(0);
    expect(secondsAt(30, behind("a", 8, 40))).toBe(30);
    // What was awaited is counted; what came later waits from here.
    expect(secondsAt(40, behind("a", 9, 60))).toBe(0);
    expect(secondsAt(45, behind("a", 9, 60))).toBe(5);
    expect(secondsAt(50)).toBeUndefined();
    expect(secondsAt(60, behind("a", 60, 61))).toBe(0);
  });

  it("is of the source that waits longest", () => {
    const watch = new UnsettledWatch();
    watch.seen([behind("a", 1, 2)], 0);
    expect(watch.seen([behind("b", 1, 2), behind("a", 1, 2)], 61_000)).toEqual({
      ...behind("a", 1, 2),
      seconds: 61,
    });
  });
});
