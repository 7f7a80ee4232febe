import { expect, it } from "vitest";
import { asLine, withoutControls } from "./control-characters.ts";

it.each([
  ["plain \u00e9\u2028", "plain \u00e9\u2028", "plain \u00e9\u2028"],
  ["a\r\nb", "a\\u000d\\u000ab", "a\\u000d\\u000ab"],
  ["\u001b[2J\u009b", "\\u001b[2J\\u009b", "\\u001b[2J\\u009b"],
  ["a\tb", "a\\u0009b", "a\tb"],
])("control characters of %j are escaped, as is a tab that is not in a line", (text, value, line) => {
  expect([withoutControls(text), asLine(text)]).toEqual([value, line]);
});
