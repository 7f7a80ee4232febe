import { expect, it } from "vitest";
import { methodSettingOf } from "./method-settings.ts";

it.each([
  ["tenant/{name}/codes/GET", "/tenant/{name}/codes", "GET"],
  ["~1tenant~1{name}~1codes/GET", "/tenant/{name}/codes", "GET"],
  ["tenant~1{name}~1codes/GET", "/tenant/{name}/codes", "GET"],
  ["/GET", "/", "GET"],
  ["~1/GET", "/", "GET"],
  ["a~0b/POST", "/a~b", "POST"],
])("%s are the settings of %s %s", (name, path, method) => {
  expect(methodSettingOf({ "*/*": 0, [name]: 1 }, path, method)).toBe(1);
});

it("a method without an entry has none of its own", () => {
  expect(methodSettingOf({ "*/*": 0, "pets/GET": 1 }, "/pets", "POST")).toBeUndefined();
});
