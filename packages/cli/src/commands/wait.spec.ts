import { expect, it } from "vitest";
import { readSeconds } from "./wait.ts";

it.each(["0.2", "30", "2147483"])("--timeout can be %s", (text) => {
  expect(readSeconds(text)).toBe(Number(text));
});

it.each(["", "0", "-1", "abc", "2147484", "Infinity", "1e9"])("--timeout cannot be '%s'", (text) => {
  expect(() => readSeconds(text)).toThrow("must be a number of seconds above 0, at most 2147483");
});
