import {
  type AwsRequest,
  compact,
  type JsonObject,
  member,
  type Operation,
  orAbsent,
  pathParameter,
  textMap,
} from "../../protocol/rest-json/operation.ts";

/** The input of both kinds of tests. */
function tested(request: AwsRequest) {
  const { body } = request;
  const multi = member(body, "multiValueHeaders", "map") ?? {};
  return {
    apiId: pathParameter(request, "restapi_id"),
    pathWithQueryString: member(body, "pathWithQueryString", "string") ?? "",
    body: member(body, "body", "string") ?? "",
    headers: [
      ...Object.entries(textMap(body, "headers")),
      ...Object.keys(multi).flatMap((name) =>
        (member(multi, name, "list") ?? []).map((value) => [name, String(value)] as const),
      ),
    ],
    stageVariables: textMap(body, "stageVariables"),
  };
}

async function testInvokeMethod(request: AwsRequest): Promise<JsonObject> {
  const result = await request.application.testInvoke(request.accountId, {
    ...tested(request),
    resourceId: pathParameter(request, "resource_id"),
    httpMethod: pathParameter(request, "http_method"),
    clientCertificateId: member(request.body, "clientCertificateId", "string") ?? "",
  });
  const multiValueHeaders: Record<string, string[]> = {};
  for (const [name, value] of result.headers) (multiValueHeaders[name] ??= []).push(value);
  return {
    status: result.status,
    body: result.body,
    headers: Object.fromEntries(result.headers),
    multiValueHeaders,
    log: result.log,
    latency: result.latencyMs,
  };
}

/** Authorization as AWS shows it: the principal and its context, each value a list. */
const listed = (members: Readonly<Record<string, string>> | undefined): JsonObject | undefined =>
  orAbsent(members && Object.fromEntries(Object.entries(members).map(([name, value]) => [name, [value]])));

async function testInvokeAuthorizer(request: AwsRequest): Promise<JsonObject> {
  const result = await request.application.testInvokeAuthorizer(request.accountId, {
    ...tested(request),
    authorizerId: pathParameter(request, "authorizer_id"),
  });
  return compact({
    clientStatus: result.clientStatus,
    log: result.log,
    latency: result.latencyMs,
    principalId: result.principalId,
    policy: result.policy,
    authorization: listed(result.context),
    claims: orAbsent(result.claims),
  });
}

/** testInvokeOperations test a method or an authorizer as it is configured now. */
export const testInvokeOperations: readonly Operation[] = [
  {
    name: "TestInvokeMethod",
    method: "POST",
    path: "/restapis/{restapi_id}/resources/{resource_id}/methods/{http_method}",
    status: 200,
    run: testInvokeMethod,
  },
  {
    name: "TestInvokeAuthorizer",
    method: "POST",
    path: "/restapis/{restapi_id}/authorizers/{authorizer_id}",
    status: 200,
    run: testInvokeAuthorizer,
  },
];
