import { expect, it } from "vitest";
import { JsonBody, readMember } from "../index.ts";
import { RenderError } from "../velocity/state.ts";

let seed = 1;
const letter = () => ((seed = (seed * 48_271) % 2_147_483_647) % 2 === 0 ? "a" : "b");
const texts = (count: number, length: number) =>
  JSON.stringify(Array.from({ length: count }, () => Array.from({ length }, letter).join("")));

/** Each of the last 900 characters is a part of its states. */
const FILTER = "method.request.body[?(@ =~ /[ab]*a[ab]{900}/)]";

it("the patterns of a path's filters have their time together", () => {
  const body = new JsonBody(texts(100, 2_000));
  const before = process.threadCpuUsage();
  expect(() => readMember(FILTER, body)).toThrow(RenderError);
  const { user, system } = process.threadCpuUsage(before);
  // 50 ms together; each of the 100 texts would take so long alone.
  expect((user + system) / 1000).toBeLessThan(1_500);
});

it("the next evaluation has its own time", () => {
  for (let i = 0; i < 20; i++)
    expect(readMember("method.request.body[?(@ =~ /[ab]{3}/)]", new JsonBody(texts(500, 3)))).toBeDefined();
});
