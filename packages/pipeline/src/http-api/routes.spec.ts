import { describe, expect, it } from "vitest";
import { HttpRouteTable } from "./routes.ts";

/** A table of route keys, each its own value. */
function tableOf(...keys: readonly string[]): HttpRouteTable<string> {
  const table = new HttpRouteTable<string>();
  for (const key of keys) {
    const [method = "", path = ""] = key.split(" ");
    if (key === "$default") table.addDefault(key);
    else table.add(method, path, key);
  }
  return table;
}

describe("the route of a call", () => {
  it.each([
    [
      "a path that fits whole before a greedy one",
      ["GET /pets/dog", "GET /pets/{proxy+}"],
      "GET /pets/dog",
      "GET /pets/dog",
    ],
    ["a greedy one before $default", ["GET /{proxy+}", "$default"], "GET /x", "GET /{proxy+}"],
    ["$default where nothing fits", ["GET /pets", "$default"], "POST /x", "$default"],
    ["text before a variable", ["GET /pets/{id}", "GET /pets/dog"], "GET /pets/dog", "GET /pets/dog"],
    [
      "a variable where the text has no route of the method",
      ["POST /pets/dog", "GET /pets/{id}"],
      "GET /pets/dog",
      "GET /pets/{id}",
    ],
    ["its method before ANY", ["ANY /pets", "GET /pets"], "GET /pets", "GET /pets"],
    ["ANY else", ["ANY /pets", "GET /pets"], "PUT /pets", "ANY /pets"],
    [
      "the longest start of a greedy path",
      ["GET /{proxy+}", "GET /a/{proxy+}"],
      "GET /a/b",
      "GET /a/{proxy+}",
    ],
    [
      "a shorter start where the longer has no route of the method",
      ["GET /{proxy+}", "POST /a/{proxy+}"],
      "GET /a/b",
      "GET /{proxy+}",
    ],
    ["none for another path", ["GET /pets"], "GET /other", undefined],
    ["none for a slash at the end", ["GET /pets"], "GET /pets/", undefined],
    ["none for an empty segment of a variable", ["GET /pets/{id}"], "GET /pets/", undefined],
    ["none for a greedy variable without a value", ["GET /pets/{proxy+}"], "GET /pets/", undefined],
  ])("is %s", (_what, keys, call, wanted) => {
    const [method = "", path = ""] = call.split(" ");
    expect(tableOf(...keys).match(path, method)?.value).toBe(wanted);
  });

  it.each([
    ["GET /pets/{id}", "/pets/a%20b", ["a b"]],
    ["GET /pets/{id}", "/pets/%zz", ["%zz"]],
    ["GET /{a}/x/{b}", "/1/x/2", ["1", "2"]],
    ["GET /{a}/{proxy+}", "/1/2/3%2F4", ["1", "2/3/4"]],
  ])("has the values of %s for %s", (key, path, values) => {
    expect(tableOf(key).match(path, "GET")?.parameterValues).toEqual(values);
  });
});
