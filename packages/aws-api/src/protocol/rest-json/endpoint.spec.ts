import { beforeEach, describe, expect, it } from "vitest";
import { AwsError, CommonError, invalid } from "../../aws-error.ts";
import type { WireRequest } from "../endpoint.ts";
import { CALLER, RecordingHost, wireRequest } from "../host.fixture.ts";
import { restJsonEndpoint } from "./endpoint.ts";
import { mapOf } from "./input.ts";
import { member, type Operation, RawResponse, textMap } from "./operation.ts";

const operations: readonly Operation[] = [
  {
    name: "GetPet",
    method: "GET",
    path: "/pets/{pet_id}",
    status: 200,
    run: ({ path, query, accountId, region }) => ({
      id: path.pet_id,
      at: [accountId, region],
      limit: query.get("limit"),
    }),
  },
  {
    name: "CreatePet",
    method: "POST",
    path: "/pets",
    status: 201,
    run: ({ body }) => ({ name: member(body, "name", "string"), tags: textMap(body, "tags") }),
  },
  {
    name: "ImportPets",
    method: "POST",
    path: "/pets",
    where: ["mode", "import"],
    takesText: true,
    status: 201,
    run: ({ text }) => ({ text }),
  },
  { name: "DeletePet", method: "DELETE", path: "/pets/{pet_id}", status: 202, run: () => undefined },
  {
    name: "GetPicture",
    method: "GET",
    path: "/pets/{pet_id}/picture",
    status: 200,
    run: ({ accept }) => new RawResponse(Buffer.from([1, 2, 255]), { "Content-Type": accept }),
  },
  {
    name: "TagPet",
    method: "PUT",
    path: "/tags/{pet_arn}",
    status: 204,
    run: ({ path }) => ({ arn: path.pet_arn }),
  },
];

/** A service with one operation, which throws. */
const endpointThat = (run: Operation["run"]) =>
  restJsonEndpoint({ ...service, operations: [{ ...getPet, run }] });
const [getPet] = operations as [Operation];
const service = {
  name: "pets",
  signingName: "pets",
  version: "2020-01-01",
  pathPrefix: "/",
  inputsOf: (operation: string) =>
    operation === "CreatePet" ? { name: "string" as const, tags: mapOf("string") } : undefined,
  operations,
  intent: ({ operation, resource, region }: { operation: Operation; resource: string; region: string }) => ({
    action: `pets:${operation.method}`,
    resource: `arn:aws:pets:${region}::${resource}`,
  }),
};
const endpoint = restJsonEndpoint(service);

let host: RecordingHost;
beforeEach(() => {
  host = new RecordingHost();
});

async function call(request: Parameters<typeof wireRequest>[0], of = endpoint) {
  const { response, ...outcome } = await of.serve(wireRequest(request), host);
  const text = response.body.toString();
  return {
    status: response.status,
    headers: response.headers,
    body: text === "" ? undefined : (JSON.parse(text) as unknown),
    ...outcome,
  };
}

describe("a call", () => {
  it("gets the parameters of its path and query, and a JSON response", async () => {
    expect(await call({ method: "GET", path: "/pets/a%20b/", query: "limit=5" })).toEqual({
      status: 200,
      headers: { "Content-Type": "application/json" },
      body: { id: "a b", at: [CALLER.accountId, "eu-west-1"], limit: "5" },
    });
  });

  it("is authorized by its operation, then begun with the members of its body", async () => {
    await call({ path: "/pets", query: "dry=true", body: '{"name":"rex"}' });
    const [admitted] = host.calls;
    expect(admitted).toMatchObject({
      operation: "CreatePet",
      caller: CALLER,
      isReadOnly: false,
      parameters: { dry: "true" },
    });
    expect(admitted?.intent?.()).toEqual({
      action: "pets:POST",
      resource: "arn:aws:pets:eu-west-1::/pets",
    });
    expect(host.begun).toEqual([{ dry: "true", name: "rex" }]);
  });

  it("has the same resource however its path is written", async () => {
    await call({ method: "GET", path: "/pets/%61%3Ab//" });
    expect(host.calls[0]?.isReadOnly).toBe(true);
    expect(host.calls[0]?.intent?.().resource).toBe("arn:aws:pets:eu-west-1::/pets/a%3Ab");
  });

  it("has an empty body without a type if its operation has no result", async () => {
    expect(await call({ method: "DELETE", path: "/pets/1" })).toEqual({
      status: 202,
      headers: {},
      body: undefined,
    });
  });

  it("can have a binary response", async () => {
    const request = wireRequest({
      method: "GET",
      path: "/pets/1/picture",
      headers: ["Accept", "image/png"],
    });
    const { response } = await endpoint.serve(request, host);
    expect(response.headers).toEqual({ "Content-Type": "image/png" });
    expect([...response.body]).toEqual([1, 2, 255]);
  });

  it("can be selected by its query, and can accept a body that is not JSON", async () => {
    const imported = await call({ path: "/pets", query: "mode=import", body: "not: [json" });
    expect(imported.body).toEqual({ text: "not: [json" });
    expect(host.begun).toEqual([{ mode: "import" }]);
  });

  it("may have an ARN with slashes in its path", async () => {
    const { body } = await call({ method: "PUT", path: "/tags/arn%3Aaws%3Apets%3A%3A%3A%2Fpets%2F1" });
    expect(body).toEqual({ arn: "arn:aws:pets:::/pets/1" });
  });
});

describe("members of a body", () => {
  it("are ignored if they are unknown, and absent if they are missing or null", async () => {
    expect((await call({ path: "/pets", body: '{"colour":"red","name":null}' })).body).toEqual({ tags: {} });
    expect((await call({ path: "/pets" })).body).toEqual({ tags: {} });
  });

  it("are UTF-8", async () => {
    expect((await call({ path: "/pets", body: '{"name":"Zoë \\ud83d\\ude00"}' })).body).toMatchObject({
      name: "Zoë 😀",
    });
  });

  it.each([
    ["{", "the body must be a JSON object"],
    ["[]", "the body must be a JSON object"],
    ["null", "the body must be a JSON object"],
    [
      `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`,
      "the body must not be nested more than 100 levels deep",
    ],
    [`{"a":${"[".repeat(100)}${"]".repeat(100)}}`, "the body must not be nested more than 100 levels deep"],
    [
      '{"name":7}',
      "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to an String",
    ],
    ['{"name":["x"]}', "class java.util.ArrayList can not be converted to an String"],
    ['{"tags":"x"}', "class java.lang.String can not be converted to a Map"],
  ])("%s is a SerializationException", async (body, message) => {
    expect(await call({ path: "/pets", body })).toEqual({
      status: 400,
      headers: { "Content-Type": "application/json", "x-amzn-ErrorType": "SerializationException" },
      body: { message },
      error: { code: "SerializationException", message },
    });
  });
});

describe("requests without an operation", () => {
  it.each([
    ["GET", "/dogs"],
    ["PATCH", "/pets/1"],
    ["GET", "/pets/1/picture/2"],
    ["GET", "/pets/a%2Fb"],
    ["GET", "/pets/%2F"],
  ])("%s %s is an UnknownOperationException, once its caller is identified", async (method, path) => {
    const { status, error } = await call({ method, path });
    expect({ status, error }).toEqual({
      status: 404,
      error: {
        code: "UnknownOperationException",
        message: `the operation ${method} ${path} does not exist or is not supported yet`,
      },
    });
    host.unidentified = new CommonError("missing-authentication", "Missing Authentication Token");
    expect((await call({ method, path })).error?.code).toBe("MissingAuthenticationTokenException");
    expect(host.calls).toEqual([]);
  });
});

describe("errors", () => {
  it.each([
    ["incomplete-signature", 403, "IncompleteSignatureException"],
    ["unrecognized-client", 403, "UnrecognizedClientException"],
    ["invalid-signature", 403, "InvalidSignatureException"],
    ["expired-token", 403, "ExpiredTokenException"],
  ] as const)("of authentication: %s", async (reason, status, code) => {
    host.unidentified = new CommonError(reason, "no");
    expect(await call({ method: "GET", path: "/pets/1" })).toMatchObject({
      status,
      headers: { "x-amzn-ErrorType": code },
      body: { message: "no" },
      error: { code, message: "no" },
    });
  });

  it.each([
    ["access-denied", 403, "AccessDeniedException", undefined],
    ["read-only-account", 401, "UnauthorizedException", undefined],
    ["throttled", 429, "TooManyRequestsException", "1"],
  ] as const)(
    "of authorization: %s, and the operation does not run",
    async (reason, status, code, retryAfter) => {
      host.forbidden = new CommonError(reason, "no");
      const { headers, ...answer } = await call({ method: "GET", path: "/pets/1" });
      expect(answer).toMatchObject({ status, error: { code } });
      expect(headers["Retry-After"]).toBe(retryAfter);
      expect(host.begun).toEqual([]);
    },
  );

  it("of an operation have the code and status that it sets", async () => {
    const missing = endpointThat(() => {
      throw new AwsError("NotFoundException", 404, "Invalid pet");
    });
    expect(await call({ method: "GET", path: "/pets/1" }, missing)).toMatchObject({
      status: 404,
      headers: { "x-amzn-ErrorType": "NotFoundException" },
      error: { code: "NotFoundException", message: "Invalid pet" },
    });
  });

  it("of AWS's model of a service are ValidationExceptions", async () => {
    const bad = endpointThat(() => {
      throw invalid(["Value 'x' at 'id' failed to satisfy constraint: Member must be a number"]);
    });
    expect((await call({ method: "GET", path: "/pets/1" }, bad)).error).toEqual({
      code: "ValidationException",
      message:
        "1 validation error detected: Value 'x' at 'id' failed to satisfy constraint: Member must be a number",
    });
  });

  it("of the application are mapped by the host", async () => {
    const refusing = endpointThat(() => Promise.reject(new Error("quota")));
    host.refused = new AwsError("LimitExceededException", 429, "too many pets");
    expect(await call({ method: "GET", path: "/pets/1" }, refusing)).toMatchObject({
      status: 429,
      headers: { "Retry-After": "1" },
      error: { code: "LimitExceededException", message: "too many pets" },
    });
  });

  it("that are bugs are reported, and the response does not contain their causes", async () => {
    const bug = new TypeError("x is undefined");
    const broken = endpointThat(() => Promise.reject(bug));
    expect(await call({ method: "GET", path: "/pets/1" }, broken)).toEqual({
      status: 500,
      headers: { "Content-Type": "application/json", "x-amzn-ErrorType": "InternalFailure" },
      body: { message: "Internal failure" },
      error: { code: "InternalFailure", message: "Internal failure" },
      bug,
    });
  });
});

describe("requests of the protocol", () => {
  it.each<[Partial<WireRequest>, boolean]>([
    [{ method: "GET", path: "/" }, true],
    [{ method: "POST", path: "/pets" }, true],
    [{ method: "POST", path: "/" }, false],
  ])("%o: %s", (head, isAccepted) => {
    expect(endpoint.accepts({ ...wireRequest({}), ...head })).toBe(isAccepted);
  });

  it("are claimed by the service with the prefix of their path", () => {
    const versioned = restJsonEndpoint({ ...service, pathPrefix: "/v2/" });
    expect(versioned.claims(wireRequest({ path: "/v2/pets" }))).toBe(true);
    expect(versioned.claims(wireRequest({ path: "/pets" }))).toBe(false);
  });
});
