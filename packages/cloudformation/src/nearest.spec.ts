import { expect, it } from "vitest";
import { nearestOf } from "./nearest.ts";

const KNOWN = ["Name", "RouteKey", "DisableExecuteApiEndpoint", "Uri", "Id"];

it.each([
  ["Nme", "Name"],
  ["name", "Name"],
  ["RouteKye", "RouteKey"],
  ["DisableExecuteApiEndpoints", "DisableExecuteApiEndpoint"],
  ["Url", "Uri"],
  ["Colour", undefined],
  ["X", undefined],
])("the known name nearest to %s is %s", (name, nearest) => {
  expect(nearestOf(name, KNOWN)).toBe(nearest);
});
