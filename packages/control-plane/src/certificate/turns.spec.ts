import { expect, it } from "vitest";
import { Turns } from "./turns.ts";

it("works on so many at a time, in their order, whatever fails", async () => {
  const turns = new Turns(2);
  const ends: ((failure?: Error) => void)[] = [];
  const begun: number[] = [];
  const work = [0, 1, 2, 3].map((i) =>
    turns
      .take(async () => {
        begun.push(i);
        await new Promise<void>((resolve, reject) => {
          ends[i] = (failure) => (failure ? reject(failure) : resolve());
        });
        return i;
      })
      .catch((error: Error) => error.message),
  );
  expect(begun).toEqual([0, 1]);
  ends[1]?.(new Error("failed"));
  expect(await work[1]).toBe("failed");
  await expect.poll(() => begun).toEqual([0, 1, 2]);
  ends[0]?.();
  await expect.poll(() => begun).toEqual([0, 1, 2, 3]);
  ends[2]?.();
  ends[3]?.();
  expect(await Promise.all(work)).toEqual([0, "failed", 2, 3]);
});
