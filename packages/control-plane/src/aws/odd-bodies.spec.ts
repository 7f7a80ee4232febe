import { afterAll, beforeAll, expect, it } from "vitest";
import { apigateway, apigatewayv2 } from "@tollgate/aws-api";
import { type AwsClient, startAwsClient } from "./aws-client.fixture.ts";

let client: AwsClient;
/** The ids of what is there, by the names of parameters in paths. */
const names: Record<string, string> = {
  http_method: "GET",
  status_code: "200",
  response_type: "DEFAULT_4XX",
  model_name: "Empty",
  domain_name: "taken.example.com",
  base_path: "taken",
  stage_name: "prod",
};

beforeAll(async () => {
  client = await startAwsClient();
  const { made } = client;
  const api = await made("POST /restapis", { name: "pets" });
  const { id = "", rootResourceId = "" } = api;
  Object.assign(names, { restapi_id: id, resource_id: rootResourceId, parent_id: rootResourceId });
  const method = `/restapis/${id}/resources/${rootResourceId}/methods/GET`;
  await made(`PUT ${method}`, { authorizationType: "NONE" });
  await made(`PUT ${method}/integration`, { type: "MOCK" });
  await made(`PUT ${method}/responses/200`);
  await made(`PUT ${method}/integration/responses/200`);
  await made(`POST /restapis/${id}/deployments`, { stageName: "prod" });
  names.api_Key = (await made("POST /apikeys", { name: "key" })).id ?? "";
  names.usageplanId = (await made("POST /usageplans", { name: "plan" })).id ?? "";
  await made("POST /domainnames", { domainName: "taken.example.com" });
  await made("POST /domainnames/taken.example.com/basepathmappings", { basePath: "taken", restApiId: id });
  names.resource_arn = `arn:aws:apigateway:us-east-1::/restapis/${id}`;
  const http = await made("POST /v2/apis", { name: "pets", protocolType: "HTTP" });
  names.apiId = http.apiId ?? "";
  names.resourceArn = `arn:aws:apigateway:us-east-1::/apis/${http.apiId}`;
  const ofApi = `/v2/apis/${http.apiId}`;
  names.routeId = (await made(`POST ${ofApi}/routes`, { routeKey: "GET /pets" })).routeId ?? "";
  await made(`POST ${ofApi}/stages`, { stageName: "prod" });
  Object.assign(names, { stageName: "prod", domainName: "taken.example.com" });
});
afterAll(() => client[Symbol.asyncDispose]());

const ODD: readonly unknown[] = [
  true,
  -1.5,
  "",
  "\u0000",
  [],
  [null],
  [[]],
  {},
  { a: null },
  { a: [1] },
  // Not written as a literal, which would set the prototype.
  JSON.parse('{"__proto__": {"a": 1}, "constructor": {"a": 1}, "toString": "a"}'),
];

/** With members that no operation has, but that every object inherits. */
const INHERITED = [
  '{"__proto__": {"a": 1}}',
  '{"constructor": {"a": 1}}',
  '{"toString": "ab"}',
  '{"valueOf": ["a"]}',
];

const patches = ODD.flatMap((value) => [
  { patchOperations: [value] },
  ...["op", "path", "value", "from"].map((part) => ({
    patchOperations: [{ op: "replace", path: "/name", value: "x", [part]: value }],
  })),
]);

it.each([apigateway, apigatewayv2])(
  "no body, whatever is in it, is an internal failure of $name",
  { timeout: 120_000 },
  async (service) => {
    const failures: string[] = [];
    let asked = 0;
    for (const { name, method, path } of service.operations) {
      if (method === "GET" || method === "DELETE") continue;
      // Of one that takes a definition, the body as a whole is odd.
      const members = Object.keys(service.inputsOf(name) ?? {});
      const target = path.replace(/\{(\w+)\+?\}/g, (_all, parameter: string) =>
        encodeURIComponent(names[parameter] ?? "nosuch"),
      );
      const bodies = [
        ...ODD,
        ...members.flatMap((member) => ODD.map((value) => ({ [member]: value }))),
        ...(members.includes("patchOperations") ? patches : []),
      ].map((body) => JSON.stringify(body));
      for (const body of ["", "null", "{", "- : [", ...INHERITED, ...bodies]) {
        const { status, type, message } = await client.call(`${method} ${target}`, body);
        asked++;
        // A test invocation that fails has a status, too, but is no error.
        if (status >= 500 && type !== undefined) failures.push(`${name} ${body}: ${status} ${message}`);
      }
    }
    expect(failures).toEqual([]);
    expect(asked).toBeGreaterThan(1_500);
  },
);
