import { describe, expect, it } from "vitest";
import type { WireRequest } from "@tollgate/aws-api";
import { endpointOf } from "./endpoints.ts";

const signedFor = (service: string) => [
  "Authorization",
  `AWS4-HMAC-SHA256 Credential=AKIAAAAAAAAAAAAAAAAA/20200101/us-east-1/${service}/aws4_request, SignedHeaders=host;x-amz-date, Signature=${"0".repeat(64)}`,
  "X-Amz-Date",
  "20200101T000000Z",
  "Host",
  "localhost",
];
const request = ({
  body = "",
  ...head
}: Partial<Omit<WireRequest, "body">> & { body?: string }): WireRequest => ({
  requestId: "1",
  method: "POST",
  path: "/",
  query: "",
  headers: [],
  ...head,
  body: Buffer.from(body),
});
const IAM = "Action=ListUsers&Version=2010-05-08";
const STS = "Action=GetCallerIdentity&Version=2011-06-15";

it.each([
  ["a form by its version", { body: IAM }, "iam"],
  ["another form by its version", { body: STS }, "sts"],
  ["a form by its signing name", { headers: signedFor("sts"), body: "Action=GetCallerIdentity" }, "sts"],
  ["a form by its signing name before its version", { headers: signedFor("iam"), body: STS }, "iam"],
  [
    "a form by its version if no service has its signing name",
    { headers: signedFor("s3"), body: STS },
    "sts",
  ],
  ["a path", { method: "GET", path: "/restapis" }, "apigateway"],
  ["a path that no form has", { method: "GET", path: "/restapis", headers: signedFor("iam") }, "apigateway"],
  ["a form that is signed for a service with paths", { headers: signedFor("apigateway"), body: IAM }, "iam"],
] as const)("a request is for the service of %s", (_what, head, service) => {
  const chosen = endpointOf(request(head as Parameters<typeof request>[0]));
  expect(chosen).toMatchObject({ endpoint: { service: { name: service } } });
  expect(chosen.refusal).toBeUndefined();
});

it.each([
  ["/restapis", "apigateway"],
  ["/v2/apis", "apigatewayv2"],
])("of services that share a signing name the path %s chooses %s", (path, service) => {
  const head = request({ method: "GET", path, headers: signedFor("apigateway") });
  expect(endpointOf(head).endpoint.service.name).toBe(service);
});

it("a form for an unknown service is refused in the format of its protocol", () => {
  const { endpoint, refusal } = endpointOf(request({ body: "Action=X&Version=1999" }));
  expect(refusal?.message).toBe(
    "version '1999' is not supported; iam is 2010-05-08, sts is 2011-06-15, monitoring is 2010-08-01",
  );
  const { response } = endpoint.refuse(refusal, request({}), { refusal: () => undefined });
  expect(response.headers).toEqual({ "Content-Type": "text/xml" });
});

describe("a service that is not served is refused in the protocol of its client, with its name and a setting", () => {
  it.each([
    ["s3", { method: "GET", path: "/bucket" }, "text/xml", "AWS_ENDPOINT_URL_S3"],
    ["sns", { body: "Action=Publish&Version=2010-03-31" }, "text/xml", "AWS_ENDPOINT_URL_SNS"],
    [
      "states",
      { headers: ["X-Amz-Target", "AWSStepFunctions.ListStateMachines"] },
      "application/x-amz-json-1.1",
      "AWS_ENDPOINT_URL_SFN",
    ],
    ["scheduler", { method: "GET", path: "/schedules" }, "application/json", "AWS_ENDPOINT_URL_SCHEDULER"],
  ])(
    "%s",
    (name, {
      headers = [],
      ...head
    }: { headers?: readonly string[]; method?: string; path?: string; body?: string }, type, setting) => {
      const asked = request({ ...head, headers: [...signedFor(name), ...headers] });
      const { endpoint, refusal } = endpointOf(asked);
      expect(refusal?.message).toBe(
        `the service '${name}' is not served by Tollgate: set ${setting} to where it is, or call AWS for it`,
      );
      const { response } = endpoint.refuse(refusal, asked, { refusal: () => undefined });
      expect(response.headers).toMatchObject({ "Content-Type": type });
      expect(response.body.toString()).toContain(setting);
    },
  );
});

it("a target header of an unknown service is refused", () => {
  const { refusal } = endpointOf(request({ headers: ["X-Amz-Target", "AWSEvents.PutEvents"] }));
  expect(refusal).toMatchObject({
    reason: "unknown-operation",
    message: "the service in X-Amz-Target does not exist or is not supported yet",
  });
});
