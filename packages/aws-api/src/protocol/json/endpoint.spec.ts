import { beforeEach, describe, expect, it } from "vitest";
import { AwsError, CommonError } from "../../aws-error.ts";
import { CALLER, RecordingHost, wireRequest } from "../host.fixture.ts";
import { type JsonService, jsonEndpoint } from "./endpoint.ts";
import type { JsonOperation } from "./operation.ts";

const createPet: JsonOperation = {
  name: "CreatePet",
  input: {
    type: "structure",
    required: ["name", "owner"],
    members: {
      name: { type: "string" },
      age: { type: "integer" },
      weight: { type: "number" },
      isTame: { type: "boolean" },
      bornAt: { type: "timestamp" },
      picture: { type: "blob" },
      friends: { type: "list", of: { type: "string" } },
      tags: { type: "map", of: { type: "string" } },
      owner: { type: "structure", required: ["name"], members: { name: { type: "string" } } },
    },
  },
  resource: ({ caller, region }) => `arn:aws:pets:${region}:${caller.accountId}:pet`,
  run: ({ input }) => input,
};
const service: JsonService = {
  name: "pets",
  signingName: "pets",
  version: "2020-01-01",
  jsonVersion: "1.1",
  targetPrefix: "Pets_20200101",
  operations: [
    createPet,
    {
      name: "DeletePets",
      input: { type: "structure", members: {} },
      resource: () => "*",
      run: () => undefined,
    },
    {
      name: "DescribePets",
      input: { type: "structure", members: {} },
      isReadOnly: true,
      resource: () => "*",
      run: () => ({ pets: [], nextToken: undefined }),
    },
  ],
};
const endpoint = jsonEndpoint(service);
const endpointThat = (run: JsonOperation["run"]) =>
  jsonEndpoint({
    ...service,
    operations: [{ ...createPet, input: { type: "structure", members: {} }, run }],
  });

let host: RecordingHost;
beforeEach(() => {
  host = new RecordingHost();
});

const request = (operation: string, body = "{}") =>
  wireRequest({ headers: ["X-Amz-Target", `Pets_20200101.${operation}`], body });

async function call(operation: string, body?: string, of = endpoint) {
  const { response, ...outcome } = await of.serve(request(operation, body), host);
  const text = response.body.toString();
  return {
    status: response.status,
    headers: response.headers,
    body: text === "" ? undefined : (JSON.parse(text) as unknown),
    ...outcome,
  };
}
const rex = (members: object) => JSON.stringify({ name: "rex", owner: { name: "ada" }, ...members });

describe("a call", () => {
  it("reads and writes members according to their shapes", async () => {
    const members = {
      age: 7,
      weight: 3.5,
      isTame: true,
      bornAt: 1_580_702_706.5,
      picture: "AQL/",
      friends: ["a", "b"],
      tags: { team: "Zoë 😀" },
    };
    expect(await call("CreatePet", rex(members))).toEqual({
      status: 200,
      headers: { "Content-Type": "application/x-amz-json-1.1" },
      body: { name: "rex", owner: { name: "ada" }, ...members },
    });
    expect(host.begun).toEqual([
      {
        name: "rex",
        owner: { name: "ada" },
        ...members,
        bornAt: new Date(1_580_702_706_500),
        picture: Buffer.from([1, 2, 255]),
      },
    ]);
  });

  it("ignores unknown members, and treats null as absent", async () => {
    const { body } = await call("CreatePet", rex({ colour: "red", age: null, tags: { a: null, b: "1" } }));
    expect(body).toEqual({ name: "rex", owner: { name: "ada" }, tags: { b: "1" } });
  });

  it("is authorized by its action and resource", async () => {
    await call("CreatePet", rex({}));
    expect(host.calls[0]).toMatchObject({ operation: "CreatePet", caller: CALLER, isReadOnly: false });
    expect(host.calls[0]?.intent?.()).toEqual({
      action: "pets:CreatePet",
      resource: "arn:aws:pets:eu-west-1:123456789012:pet",
    });
    await call("DescribePets");
    expect(host.calls[1]?.isReadOnly).toBe(true);
  });

  it("may have no body, in the request or in the response", async () => {
    const { status, body } = await call("DeletePets", "");
    expect({ status, body }).toEqual({ status: 200, body: undefined });
    expect((await call("DescribePets", "")).body).toEqual({ pets: [] });
  });

  it("states the version of the protocol in its response", async () => {
    const older = jsonEndpoint({ ...service, jsonVersion: "1.0" });
    expect((await call("DescribePets", "{}", older)).headers).toEqual({
      "Content-Type": "application/x-amz-json-1.0",
    });
  });
});

describe("invalid bodies", () => {
  it.each([
    ["{", "the body must be JSON"],
    ["[]", "the body must be a JSON object"],
    ["null", "the body must be a JSON object"],
    [rex({ name: 7 }), "NUMBER_VALUE at 'name' can not be converted to a String"],
    [rex({ age: 1.5 }), "NUMBER_VALUE at 'age' can not be converted to an Integer"],
    [rex({ weight: "3" }), "STRING_VALUE at 'weight' can not be converted to a Number"],
    [rex({ isTame: "true" }), "STRING_VALUE at 'isTame' can not be converted to a Boolean"],
    [rex({ bornAt: "2020" }), "STRING_VALUE at 'bornAt' can not be converted to a Timestamp"],
    [rex({ picture: "AQ=" }), "STRING_VALUE at 'picture' can not be converted to a Blob"],
    [rex({ friends: {} }), "STRUCTURE at 'friends' can not be converted to a List"],
    [rex({ friends: ["a", true] }), "TRUE_VALUE at 'friends.2.member' can not be converted to a String"],
    [rex({ tags: [] }), "LIST at 'tags' can not be converted to a Map"],
    [rex({ owner: "ada" }), "STRING_VALUE at 'owner' can not be converted to a Structure"],
    [
      `{"name":"rex","owner":{"name":"ada","deep":${"[".repeat(100_000)}${"]".repeat(100_000)}}}`,
      "the body must not be nested more than 100 levels deep",
    ],
  ])("%.100s is a SerializationException", async (body, message) => {
    expect(await call("CreatePet", body)).toEqual({
      status: 400,
      headers: { "Content-Type": "application/x-amz-json-1.1" },
      body: { __type: "SerializationException", message },
      error: { code: "SerializationException", message },
    });
    expect(host.begun).toEqual([]);
  });

  it.each([
    [
      "{}",
      "2 validation errors detected: Value null at 'name' failed to satisfy constraint: Member must not be null; Value null at 'owner' failed to satisfy constraint: Member must not be null",
    ],
    [
      '{"name":"rex","owner":{}}',
      "1 validation error detected: Value null at 'owner.name' failed to satisfy constraint: Member must not be null",
    ],
  ])("%s lacks required members", async (body, message) => {
    expect((await call("CreatePet", body)).error).toEqual({ code: "ValidationException", message });
  });
});

describe("errors", () => {
  it.each(["Fly", "constructor", ""])("an unknown operation: '%s'", async (operation) => {
    expect((await call(operation)).error).toEqual({
      code: "UnknownOperationException",
      message: `the operation Pets_20200101.${operation} does not exist or is not supported yet`,
    });
  });

  it.each([
    ["missing-authentication", "MissingAuthenticationTokenException"],
    ["incomplete-signature", "IncompleteSignatureException"],
    ["unrecognized-client", "UnrecognizedClientException"],
    ["invalid-signature", "InvalidSignatureException"],
    ["expired-token", "ExpiredTokenException"],
  ] as const)("of authentication: %s", async (reason, code) => {
    host.unidentified = new CommonError(reason, "no");
    expect(await call("DescribePets")).toMatchObject({
      status: 400,
      body: { __type: code, message: "no" },
      error: { code, message: "no" },
    });
  });

  it.each([
    ["access-denied", "AccessDeniedException"],
    ["read-only-account", "AccessDeniedException"],
    ["throttled", "ThrottlingException"],
  ] as const)("of authorization: %s, and the operation does not run", async (reason, code) => {
    host.forbidden = new CommonError(reason, "no");
    expect((await call("DescribePets")).error?.code).toBe(code);
    expect(host.begun).toEqual([]);
  });

  it("of an operation have the code and status that it sets", async () => {
    const missing = endpointThat(() => {
      throw new AwsError("ResourceNotFoundException", 400, "no such pet");
    });
    expect(await call("CreatePet", "{}", missing)).toMatchObject({
      status: 400,
      body: { __type: "ResourceNotFoundException", message: "no such pet" },
    });
  });

  it("of the application are mapped by the host", async () => {
    host.refused = new AwsError("LimitExceededException", 400, "too many pets");
    const refusing = endpointThat(() => Promise.reject(new Error("quota")));
    expect((await call("CreatePet", "{}", refusing)).error?.code).toBe("LimitExceededException");
  });

  it("that are bugs are reported, and the response does not contain their causes", async () => {
    const bug = new TypeError("x is undefined");
    const broken = endpointThat(() => Promise.reject(bug));
    expect(await call("CreatePet", "{}", broken)).toMatchObject({
      status: 500,
      body: { __type: "InternalFailure", message: "Internal failure" },
      bug,
    });
  });
});

describe("requests of the protocol", () => {
  it.each([
    [request("CreatePet"), true, true],
    [wireRequest({ headers: ["x-amz-target", "Dogs.Create"] }), true, false],
    [wireRequest({}), false, false],
    [{ ...request("CreatePet"), method: "GET" }, false, true],
    [{ ...request("CreatePet"), path: "/pets" }, false, true],
  ])("%#: accepted %s, claimed %s", (given, isAccepted, isClaimed) => {
    expect([endpoint.accepts(given), endpoint.claims(given)]).toEqual([isAccepted, isClaimed]);
  });
});
