import { expect, it } from "vitest";
import { formatCsv } from "./csv.ts";

it("writes rows as RFC 4180 says: quoted where a reader would split them", () => {
  const rows = [
    { name: 'Calls, "fast"', amount: "1.50", other: 1 },
    { name: "two\nlines", amount: undefined },
  ];
  expect(formatCsv(rows, ["name", "amount"])).toBe('name,amount\r\n"Calls, ""fast""",1.50\r\n"two\nlines",');
});

it.each([
  ['=HYPERLINK("https://example.com")', `"'=HYPERLINK(""https://example.com"")"`],
  ["+1", "'+1"],
  ["@SUM(A1)", "'@SUM(A1)"],
  ["-2+3", "'-2+3"],
  ["\t=1", "'\t=1"],
  ["-12.50", "-12.50"],
  [-3, "-3"],
  ["a=b", "a=b"],
])("writes %j so that no spreadsheet computes it", (given, expected) => {
  expect(formatCsv([{ name: given }], ["name"])).toBe(`name\r\n${expected}`);
});
