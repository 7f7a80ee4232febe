import { describe, expect, it } from "vitest";
import { callOf, problemsOf, restRoute, type TestedRequest } from "../kit/index.ts";

const PET = JSON.stringify({
  $schema: "http://json-schema.org/draft-04/schema#",
  type: "object",
  required: ["name"],
  properties: { name: { type: "string" }, age: { type: "integer", minimum: 0 } },
});

/** A method with a validator that checks what is named. */
const validated = (checks: "body" | "parameters" | "both", method: object) =>
  restRoute(
    "POST /pets/{id}",
    {
      integration: { type: "HTTP_PROXY", httpMethod: "POST", uri: "http://pets.example" },
      requestValidatorId: "val001",
      ...method,
    },
    {
      definitions: {
        RequestValidator: {
          val001: {
            name: "v",
            validateRequestBody: checks !== "parameters",
            validateRequestParameters: checks !== "body",
          },
        },
        Model: { Pet: { schema: PET, contentType: "application/json" } },
      },
    },
  );
const refusal = async (route: ReturnType<typeof validated>, request: TestedRequest) => {
  const { status, body, call } = await callOf(route, { method: "POST", path: "/pets/7", ...request });
  return status === 200
    ? undefined
    : { status, body: JSON.parse(body) as object, why: call.refusal?.validationError };
};

describe("required parameters", () => {
  const requestParameters = {
    "method.request.querystring.q": true,
    "method.request.header.X-Own": true,
    "method.request.querystring.a": true,
    "method.request.querystring.free": false,
  };
  const route = validated("parameters", { requestParameters });
  it.each([
    ["all there", "/pets/7?q=1&a=1", { "X-Own": "1" }, undefined],
    ["none there", "/pets/7", {}, "X-Own, a, q"],
    ["one is empty", "/pets/7?q=1&a=", { "X-Own": "1" }, "a"],
    ["one is blank", "/pets/7?q=1&a=1", { "X-Own": " " }, "X-Own"],
  ])("%s", async (_what, path, headers, missing) => {
    const message = `Missing required request parameters: [${missing}]`;
    expect(await refusal(route, { path, headers })).toEqual(
      missing === undefined ? undefined : { status: 400, body: { message }, why: undefined },
    );
  });

  it("are not checked where the validator does not say so", async () => {
    expect(await refusal(validated("body", { requestParameters }), {})).toBeUndefined();
  });
});

describe("the body", () => {
  const route = validated("body", { requestModels: { "application/json": "Pet", "text/plain": "Empty" } });
  const json = { "Content-Type": "application/json" };
  it.each([
    ["fits", '{"name":"rex"}', json, undefined],
    ["has no name", "{}", json, '[object has missing required properties (["name"])]'],
    [
      "has a name that is not a string",
      '{"name":1}',
      json,
      '[instance type (integer) does not match any allowed primitive type (allowed: ["string"])]',
    ],
    ["is empty", "", json, '[object has missing required properties (["name"])]'],
    ["is not JSON", "x", json, "[Unable to parse the request body as JSON]"],
    [
      "is of a type of its own",
      "x",
      { "Content-Type": "text/plain" },
      "[Unable to parse the request body as JSON]",
    ],
    [
      "is of another type: JSON's model is used",
      "{}",
      { "Content-Type": "text/xml" },
      '[object has missing required properties (["name"])]',
    ],
  ])("%s", async (_what, body, headers, why) => {
    expect(await refusal(route, { body, headers })).toEqual(
      why === undefined ? undefined : { status: 400, body: { message: "Invalid request body" }, why },
    );
  });
});

it("reports a model that does not exist when the method is compiled", async () => {
  expect(
    await problemsOf(validated("both", { requestModels: { "application/json": "Missing" } })),
  ).toMatchObject([
    {
      path: "Resource/resource1.methods.POST.requestModels",
      message: "Invalid model identifier specified: Missing",
    },
  ]);
});
