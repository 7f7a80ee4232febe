import { describe, expect, it } from "vitest";
import { kinds, objectAt } from "@tollgate/config";
import { memberRules, readMembers, showMembers } from "./members.ts";
import { applyPatch, refusalB } from "./patch.ts";

const SHAPE = objectAt(kinds.RestApi.spec);
const EXCEPTIONS = ["policy", "endpointConfiguration"];

describe("attributes of a body", () => {
  it("are read if config's schema has them", () => {
    const body = {
      name: "pets",
      disableExecuteApiEndpoint: true,
      minimumCompressionSize: 0,
      binaryMediaTypes: ["image/png"],
      tags: {},
      description: null,
      policy: "{}",
      cloneFrom: "abc",
    };
    expect(readMembers(body, SHAPE, EXCEPTIONS)).toEqual({
      name: "pets",
      disableExecuteApiEndpoint: true,
      minimumCompressionSize: 0,
      binaryMediaTypes: ["image/png"],
      tags: {},
    });
  });

  it.each([
    [{ disableExecuteApiEndpoint: "true" }, "class java.lang.String can not be converted to an Boolean"],
    [{ binaryMediaTypes: "image/png" }, "class java.lang.String can not be converted to a List"],
    [{ tags: [] }, "class java.util.ArrayList can not be converted to a Map"],
    [
      { version: 1 },
      "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to an String",
    ],
  ])("%o are refused if they do not have the JSON type of the schema", (body, message) => {
    expect(() => readMembers(body, SHAPE, EXCEPTIONS)).toThrow(message);
  });

  it("may have any type if the schema allows several", () => {
    expect(readMembers({ policy: { Version: "2012-10-17" } }, SHAPE)).toEqual({
      policy: { Version: "2012-10-17" },
    });
  });
});

describe("attributes of a spec", () => {
  it("are shown, except empty lists and maps and absent members", () => {
    const spec = {
      name: "pets",
      apiKeySource: "HEADER",
      binaryMediaTypes: [],
      tags: {},
      disableExecuteApiEndpoint: false,
      version: undefined,
      policy: {},
      unknown: 1,
    };
    expect(showMembers(spec, SHAPE, EXCEPTIONS)).toEqual({
      name: "pets",
      apiKeySource: "HEADER",
      disableExecuteApiEndpoint: false,
    });
  });
});

describe("patches of attributes", () => {
  const patch = (op: string, path: string, value?: string) =>
    applyPatch(
      { name: "pets", binaryMediaTypes: ["a/b"], minimumCompressionSize: 5 },
      { patchOperations: [{ op, path, value }] },
      { rules: memberRules(SHAPE, ["version"]), refusal: refusalB },
    );

  it.each([
    ["replace", "/name", "dogs", { name: "dogs" }],
    ["replace", "/disableExecuteApiEndpoint", "TRUE", { disableExecuteApiEndpoint: true }],
    ["replace", "/minimumCompressionSize", "7", { minimumCompressionSize: 7 }],
    ["add", "/binaryMediaTypes", "c/d", { binaryMediaTypes: ["a/b", "c/d"] }],
    ["remove", "/binaryMediaTypes", "a/b", { binaryMediaTypes: [] }],
  ])("%s %s with %s", (op, path, value, after) => {
    expect(patch(op, path, value)).toMatchObject(after);
  });

  it.each(["/version", "/tags", "/endpointConfiguration"])(
    "%s is refused, as an exception or as a member that is not simple",
    (path) => {
      expect(() => patch("replace", path, "x")).toThrow(`Invalid patch path ${path}`);
    },
  );
});
