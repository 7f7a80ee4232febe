import { expect, it } from "vitest";
import { formatCsv } from "./csv.ts";

it("writes rows as RFC 4180 says: quoted where a reader would split them", () => {
  const rows = [
    { name: 'Calls, "fast"', amount: "1.50", other: 1 },
    { name: "two\nlines", amount: undefined },
  ];
  expect(formatCsv(rows, ["name", "amount"])).toBe('name,amount\r\n"Calls, ""fast""",1.50\r\n"two\nlines",');
});
