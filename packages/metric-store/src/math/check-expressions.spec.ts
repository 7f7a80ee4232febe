import { expect, it } from "vitest";
import { checkExpressions } from "./check-expressions.ts";

const metric = (id: string) => ({ id, returnData: false });
const checked = (expression: string, returnData = true) =>
  checkExpressions([metric("errors"), metric("calls"), { id: "e", expression, returnData }]);

it.each([
  "100 * errors / calls",
  "FILL(errors, 0) / FILL(calls, REPEAT)",
  "IF(calls > 100, errors / calls, 0)",
  "SUM(METRICS())",
  "RATE(calls)",
  "-errors",
  "ABS(errors - calls)",
  "SLICE(SORT(METRICS(), MAX, DESC), 0, 1)",
])("%s can be computed", (expression) => {
  expect(checked(expression)).toEqual([]);
});

it.each([
  ["100 * errors /", "unexpected 'the end'"],
  ["(errors", "')' is missing before 'the end'"],
  ["errors calls", "unexpected 'calls'"],
  ["errors / requests", "there is no metric with the id 'requests'"],
  ["HUGO(errors)", "the function HUGO does not exist or is not supported"],
  ["errors ~ calls", "unexpected '~ calls' at 6"],
  ["e + 1", "e refers to itself"],
  ["5", "the result must be a time series or an array of them"],
  ["AVG(errors)", "the result must be a time series or an array of them"],
])("%s cannot", (expression, message) => {
  expect(checked(expression)).toEqual([{ id: "e", message }]);
});

it("a number may be part of another expression", () => {
  expect(checked("AVG(errors)", false)).toEqual([]);
  const queries = [metric("m"), { id: "mean", expression: "AVG(m)", returnData: false }];
  expect(checkExpressions([...queries, { id: "e", expression: "m - mean", returnData: true }])).toEqual([]);
});

it("two that need each other are both reported", () => {
  const queries = [
    { id: "a", expression: "b + 1", returnData: true },
    { id: "b", expression: "a + 1", returnData: false },
  ];
  expect(checkExpressions(queries).map(({ id }) => id)).toEqual(["a", "b"]);
});
