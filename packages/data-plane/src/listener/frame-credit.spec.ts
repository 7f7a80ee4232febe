import { expect, it } from "vitest";
import { FrameCredit, type Moved } from "./frame-credit.ts";

const MB = 1024 * 1024;
const KB = 1024;

/** After how many seconds a connection is ended on which so much moves each second; 60: it is not. */
function endsAfter(perSecond: Partial<Moved>): number {
  const credit = new FrameCredit();
  const { read = 0, written = 0, requested = 0 } = perSecond;
  for (let second = 1; second < 60; second++) {
    const moved = { read: read * second, written: written * second, requested: requested * second };
    if (credit.isOverdrawn(moved, 1000)) return second;
  }
  return 60;
}

it.each<[string, Partial<Moved>, number]>([
  ["window updates, 10 MB a second", { read: 10 * MB }, 1],
  ["window updates, 1 MB a second", { read: MB }, 3],
  ["window updates, 50 KB a second", { read: 50 * KB }, 60],
  ["an upload of 100 MB a second", { read: 101 * MB, requested: 100 * MB }, 60],
  ["an upload in pieces of 30 bytes", { read: 10 * MB, requested: 5 * MB }, 60],
  ["a body that is mostly padding", { read: 10 * MB, requested: MB }, 1],
  [
    "a download of 100 MB a second, with an update for each piece",
    { read: 13 * 6_400, written: 100 * MB },
    60,
  ],
  ["small messages back and forth", { read: 2 * MB, written: 1.5 * MB, requested: 0.5 * MB }, 60],
  ["nothing", {}, 60],
])("%s", (_what, moved, seconds) => {
  expect(endsAfter(moved)).toBe(seconds);
});

it("what was saved while nothing moved does not last for more than 2 MB", () => {
  const credit = new FrameCredit();
  expect(credit.isOverdrawn({ read: 0, written: 500 * MB, requested: 0 }, 3_600_000)).toBe(false);
  expect(credit.isOverdrawn({ read: 3 * MB, written: 500 * MB, requested: 0 }, 1_000)).toBe(true);
});
