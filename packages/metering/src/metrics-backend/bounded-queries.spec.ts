import { expect, it } from "vitest";
import { boundedQueries } from "./bounded-queries.ts";
import { BackendBusy, BackendFailed } from "./query-api.ts";

const RANGE = { startUnixS: 0, endUnixS: 60, stepS: 60 };

/** A backend whose responses come when a test says so. */
function backend(waitMs = 60_000) {
  const asked: { readonly selector: string; readonly respond: () => void; readonly fail: () => void }[] = [];
  const ask = (selector: string) => {
    const { promise, resolve, reject } = Promise.withResolvers<[]>();
    asked.push({ selector, respond: () => resolve([]), fail: () => reject(new BackendFailed("away")) });
    return promise;
  };
  return { asked, api: boundedQueries({ range: ask, series: ask }, { waitMs }) };
}
const rangesOf = ({ api }: ReturnType<typeof backend>, count: number) =>
  Array.from({ length: count }, (_, i) => api.range(`q${i}`, RANGE));

it("asks four queries at a time, and the others in their order, whether those before them fail or not", async () => {
  const one = backend();
  const settled = Promise.allSettled(rangesOf(one, 7));
  await expect.poll(() => one.asked.length).toBe(4);
  one.asked[2]?.respond();
  one.asked[0]?.fail();
  await expect
    .poll(() => one.asked.map(({ selector }) => selector))
    .toEqual(["q0", "q1", "q2", "q3", "q4", "q5"]);
  for (let i = 0; i < 7; i++) {
    await expect.poll(() => one.asked.length).toBeGreaterThan(i);
    one.asked[i]?.respond();
  }
  expect((await settled).map(({ status }) => status)).toEqual(["rejected", ...Array(6).fill("fulfilled")]);
  // All turns came back.
  const next = one.api.series("last", RANGE);
  await expect.poll(() => one.asked.at(-1)?.selector).toBe("last");
  one.asked.at(-1)?.respond();
  await next;
});

it("refuses one more than can wait, and says so", async () => {
  const one = backend();
  const all = rangesOf(one, 68);
  await expect(one.api.series("q", RANGE)).rejects.toThrow(
    new BackendBusy("the metrics backend has 4 queries in progress, and 64 wait: try again later"),
  );
  for (let i = 0; i < 68; i++) {
    await expect.poll(() => one.asked.length).toBeGreaterThan(i);
    one.asked[i]?.respond();
  }
  await Promise.all(all);
});

it("refuses one that does not get its turn in time, which takes nobody's turn then", async () => {
  const one = backend(5);
  const running = rangesOf(one, 4);
  await expect(one.api.range("late", RANGE)).rejects.toThrow(/^the query waited 0.005 s for other queries/);
  for (const { respond } of one.asked) respond();
  await Promise.all(running);
  expect(one.asked).toHaveLength(4);
});
