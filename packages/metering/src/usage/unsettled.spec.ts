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
    const secondsAt = (s: number, ...now: ReturnType<typeof behind>[]) =>
      watch.seen(now, s * 1_000).longest?.seconds;
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
    expect(watch.seen([behind("b", 1, 2), behind("a", 1, 2)], 61_000).longest).toEqual({
      ...behind("a", 1, 2),
      seconds: 61,
    });
  });

  it("is reported once for each source, whatever other sources wait for", () => {
    const watch = new UnsettledWatch();
    const lateAt = (s: number, ...now: ReturnType<typeof behind>[]) =>
      watch.seen(now, s * 1_000).newlyLate.map(({ source }) => source);
    const lost = behind("lost", 1, 2);
    expect(lateAt(0, lost)).toEqual([]);
    expect(lateAt(61, lost, behind("a", 1, 2))).toEqual(["lost"]);
    expect(lateAt(122, lost, behind("a", 1, 9))).toEqual(["a"]);
    expect(lateAt(130, lost, behind("a", 1, 9))).toEqual([]);
    // What it waited for is counted, and what came later waits too long again.
    expect(lateAt(140, lost, behind("a", 2, 9))).toEqual([]);
    expect(lateAt(201, lost, behind("a", 2, 9))).toEqual(["a"]);
  });
});
