import { expect, it } from "vitest";
import { highestReached } from "./spent.ts";

it.each([
  ["0.00", "10.00", 0],
  ["4.99", "10.00", 0],
  ["5.00", "10.00", 50],
  ["7.99", "10", 50],
  ["8.00", "10", 80],
  ["9.99", "10", 80],
  ["10.00", "10", 100],
  ["1000000000000.00", "10", 100],
  // A third of a cent: no coin is as small.
  ["0.00", "0.003", 0],
  ["0.01", "0.003", 100],
  // More digits than a number of JavaScript has.
  ["900719925474099.29", "900719925474099.30", 80],
  ["900719925474099.30", "900719925474099.30", 100],
  ["8", "10", 80],
])("%s of %s has reached %d %%", (total, limit, percent) => {
  expect(highestReached({ total, limit }, [50, 80, 100])).toBe(percent);
});
