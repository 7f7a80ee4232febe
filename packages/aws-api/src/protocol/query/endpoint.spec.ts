import { beforeEach, describe, expect, it } from "vitest";
import { AwsError, CommonError } from "../../aws-error.ts";
import { CALLER, RecordingHost, wireRequest } from "../host.fixture.ts";
import { type QueryService, queryEndpoint } from "./endpoint.ts";
import type { QueryOperation } from "./operation.ts";

const operations: readonly QueryOperation[] = [
  {
    name: "CreatePet",
    resource: ({ caller, parameters }) =>
      `arn:aws:pets::${caller.accountId}:pet/${parameters.required("Name")}`,
    run: ({ parameters }) => ({
      Pet: {
        Name: parameters.required("Name"),
        Age: parameters.integer("Age"),
        IsTame: parameters.flag("IsTame"),
        Tags: Object.entries(parameters.tags() ?? {}).map(([Key, Value]) => ({ Key, Value })),
        Friends: parameters.list("Friends"),
        PolicyArns: parameters.members("PolicyArns", "arn"),
        CreateDate: new Date(Date.UTC(2020, 1, 3, 4, 5, 6, 789)),
        Nothing: undefined,
      },
    }),
  },
  { name: "DeletePet", resource: () => "*", run: () => undefined },
  { name: "GetCaller", run: ({ caller }) => ({ Arn: caller.arn }) },
  { name: "Adopt", isOpen: true, run: ({ caller }) => ({ Account: caller.accountId }) },
];
const service: QueryService = { name: "pets", signingName: "pets", version: "2020-01-01", operations };
const endpoint = queryEndpoint(service);
const endpointThat = (run: QueryOperation["run"]) =>
  queryEndpoint({ ...service, operations: [{ name: "GetCaller", run }] });

let host: RecordingHost;
beforeEach(() => {
  host = new RecordingHost();
});

async function call(form: Readonly<Record<string, string>>, of = endpoint) {
  const body = new URLSearchParams({ Version: "2020-01-01", ...form }).toString();
  const { response, ...outcome } = await of.serve(wireRequest({ body }), host);
  return { status: response.status, headers: response.headers, xml: response.body.toString(), ...outcome };
}
const failure = (type: string, code: string, message: string) =>
  `<ErrorResponse xmlns="https://pets.amazonaws.com/doc/2020-01-01/"><Error><Type>${type}</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>request-1</RequestId></ErrorResponse>`;

describe("a call", () => {
  it("reads members and lists from flattened names, in the order of their numbers", async () => {
    const { status, headers, xml } = await call({
      Action: "CreatePet",
      Name: "rex",
      Age: "7",
      IsTame: "true",
      "Friends.member.10": "third",
      "Friends.member.2": "second",
      "Friends.member.1": "first",
      "PolicyArns.member.1.arn": "arn:1",
      "Tags.member.1.Key": "team",
      "Tags.member.1.Value": "a & b <c>",
    });
    expect({ status, headers }).toEqual({ status: 200, headers: { "Content-Type": "text/xml" } });
    expect(xml).toBe(
      '<CreatePetResponse xmlns="https://pets.amazonaws.com/doc/2020-01-01/"><CreatePetResult><Pet>' +
        "<Name>rex</Name><Age>7</Age><IsTame>true</IsTame>" +
        "<Tags><member><Key>team</Key><Value>a &amp; b &lt;c&gt;</Value></member></Tags>" +
        "<Friends><member>first</member><member>second</member><member>third</member></Friends>" +
        "<PolicyArns><member>arn:1</member></PolicyArns><CreateDate>2020-02-03T04:05:06Z</CreateDate>" +
        "</Pet></CreatePetResult><ResponseMetadata><RequestId>request-1</RequestId></ResponseMetadata></CreatePetResponse>",
    );
  });

  it("is authorized by its action and resource, then begun with its parameters", async () => {
    await call({ Action: "CreatePet", Name: "rex", Unknown: "x" });
    const [admitted] = host.calls;
    expect(admitted).toMatchObject({ operation: "CreatePet", caller: CALLER, isReadOnly: false });
    expect(admitted?.intent?.()).toEqual({
      action: "pets:CreatePet",
      resource: "arn:aws:pets::123456789012:pet/rex",
    });
    expect(host.begun).toEqual([{ Name: "rex", Unknown: "x" }]);
  });

  it("has no result element if its operation has no result", async () => {
    expect((await call({ Action: "DeletePet" })).xml).not.toContain("Result");
  });

  it("is recognized as read-only by its name, and policies are skipped if the operation itself decides who may call", async () => {
    const { xml } = await call({ Action: "GetCaller" });
    expect(xml).toContain(`<Arn>${CALLER.arn}</Arn>`);
    expect(host.calls).toEqual([expect.objectContaining({ isReadOnly: true, intent: undefined })]);
  });

  it("that needs no signature has no caller, and is not begun", async () => {
    host.unidentified = new CommonError("missing-authentication", "nobody");
    expect((await call({ Action: "Adopt" })).status).toBe(200);
    expect(host.calls).toEqual([expect.objectContaining({ operation: "Adopt", caller: undefined })]);
    expect(host.begun).toEqual([]);
  });

  it("is a form in UTF-8, where a plus is a space", async () => {
    const request = wireRequest({ body: "Version=2020-01-01&Action=CreatePet&Name=Zo%C3%AB+%F0%9F%98%80" });
    const { response } = await endpoint.serve(request, host);
    expect(response.body.toString()).toContain("<Name>Zoë 😀</Name>");
  });
});

describe("invalid parameters", () => {
  it.each([
    [{}, "Value null at 'name' failed to satisfy constraint: Member must not be null"],
    [{ Name: "" }, "Value '' at 'name' failed to satisfy constraint: Member must not be null"],
    [
      { Name: "rex", Age: "old" },
      "Value 'old' at 'age' failed to satisfy constraint: Member must be an integer",
    ],
    [
      { Name: "rex", "Tags.member.1.Value": "x" },
      "Value null at 'tags.member.1.Key' failed to satisfy constraint: Member must not be null",
    ],
  ])("%o is a ValidationError", async (form, message) => {
    const { status, error } = await call({ Action: "CreatePet", ...form });
    expect({ status, error }).toEqual({
      status: 400,
      error: { code: "ValidationError", message: `1 validation error detected: ${message}` },
    });
  });
});

describe("errors", () => {
  it.each([
    [{ Action: "Fly" }, "Could not find operation Fly for version 2020-01-01, or it is not supported yet"],
    [{}, "Could not find operation  for version 2020-01-01, or it is not supported yet"],
    [
      { Action: "constructor" },
      "Could not find operation constructor for version 2020-01-01, or it is not supported yet",
    ],
    [
      { Action: "CreatePet", Version: "1999" },
      "Could not find operation CreatePet for version 1999, or it is not supported yet",
    ],
  ])("an unknown operation: %o", async (form, message) => {
    const { status, xml, error } = await call(form as Record<string, string>);
    expect({ status, error }).toEqual({ status: 400, error: { code: "InvalidAction", message } });
    expect(xml).toBe(failure("Sender", "InvalidAction", message));
  });

  it("a body that is not a form has no operation", async () => {
    const { error } = await endpoint.serve(wireRequest({ body: '{"Action":"CreatePet"}' }), host);
    expect(error?.code).toBe("InvalidAction");
  });

  it.each([
    ["missing-authentication", 403, "MissingAuthenticationToken"],
    ["incomplete-signature", 400, "IncompleteSignature"],
    ["unrecognized-client", 403, "InvalidClientTokenId"],
    ["invalid-signature", 403, "SignatureDoesNotMatch"],
    ["expired-token", 400, "ExpiredTokenException"],
  ] as const)("of authentication: %s", async (reason, status, code) => {
    host.unidentified = new CommonError(reason, "no");
    const answer = await call({ Action: "GetCaller" });
    expect(answer).toMatchObject({ status, xml: failure("Sender", code, "no"), error: { code } });
  });

  it.each([
    ["access-denied", 403, "AccessDenied"],
    ["read-only-account", 403, "AccessDenied"],
    ["throttled", 400, "Throttling"],
  ] as const)("of authorization: %s, and the operation does not run", async (reason, status, code) => {
    host.forbidden = new CommonError(reason, "no");
    expect(await call({ Action: "DeletePet" })).toMatchObject({ status, error: { code, message: "no" } });
    expect(host.begun).toEqual([]);
  });

  it("of an operation have the code and status that it sets, and are escaped", async () => {
    const missing = endpointThat(() => {
      throw new AwsError("NoSuchEntity", 404, "no <pet>");
    });
    const answer = await call({ Action: "GetCaller" }, missing);
    expect(answer.status).toBe(404);
    expect(answer.xml).toBe(failure("Sender", "NoSuchEntity", "no &lt;pet&gt;"));
  });

  it("of the application are mapped by the host", async () => {
    host.refused = new AwsError("ServiceUnavailable", 503, "later");
    const refusing = endpointThat(() => Promise.reject(new Error("unreachable")));
    const answer = await call({ Action: "GetCaller" }, refusing);
    expect(answer.xml).toBe(failure("Receiver", "ServiceUnavailable", "later"));
  });

  it("that are bugs are reported, and the response does not contain their causes", async () => {
    const bug = new TypeError("x is undefined");
    const broken = endpointThat(() => Promise.reject(bug));
    expect(await call({ Action: "GetCaller" }, broken)).toMatchObject({
      status: 500,
      xml: failure("Receiver", "InternalFailure", "Internal failure"),
      bug,
    });
  });
});

describe("requests of the protocol", () => {
  it.each([
    [wireRequest({}), true],
    [wireRequest({ method: "GET" }), false],
    [wireRequest({ path: "/pets" }), false],
    [wireRequest({ headers: ["X-Amz-Target", "Pets.Create"] }), false],
  ])("%#: %s", (request, isAccepted) => {
    expect(endpoint.accepts(request)).toBe(isAccepted);
  });

  it("are claimed by the service with their version", () => {
    expect(endpoint.claims(wireRequest({ body: "Version=2020-01-01" }))).toBe(true);
    expect(endpoint.claims(wireRequest({ body: "Version=2020-01-02" }))).toBe(false);
    expect(endpoint.claims(wireRequest({}))).toBe(false);
  });
});
