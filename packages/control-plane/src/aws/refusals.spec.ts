import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AwsClient, startAwsClient } from "./aws-client.fixture.ts";
import { INTEGRATION, METHOD } from "./refusal-row.fixture.ts";
import { refusalsOfApis } from "./refusals-of-apis.fixture.ts";
import { refusalsOfImports } from "./refusals-of-imports.fixture.ts";
import { refusalsOfInputs } from "./refusals-of-inputs.fixture.ts";
import { refusalsOfMethods } from "./refusals-of-methods.fixture.ts";
import { refusalsOfReports } from "./refusals-of-reports.fixture.ts";
import { refusalsOfStages } from "./refusals-of-stages.fixture.ts";
import { makeWhatIsUsed, refusalsOfUses } from "./refusals-of-uses.fixture.ts";

let client: AwsClient;

/** Makes what the rows name. */
beforeAll(async () => {
  client = await startAwsClient();
  const { ids, made } = client;
  const api = await made("POST /restapis", { name: "pets" });
  ids.api = api.id ?? "";
  ids.root = api.rootResourceId ?? "";
  const child = (pathPart: string) => made("POST /restapis/$api/resources/$root", { pathPart });
  ids.pets = (await child("pets")).id ?? "";
  ids.greedy = (await made("POST /restapis/$api/resources/$pets", { pathPart: "{rest+}" })).id ?? "";
  await made(`PUT ${METHOD}`, {
    authorizationType: "NONE",
    requestParameters: { "method.request.querystring.page": false },
  });
  await made(`PUT ${INTEGRATION}`, {
    type: "MOCK",
    requestTemplates: { "application/json": '{"statusCode":200}' },
  });
  await made(`PUT ${METHOD}/responses/200`);
  await made(`PUT ${INTEGRATION}/responses/200`);
  ids.deployment = (await made("POST /restapis/$api/deployments", { stageName: "prod" })).id ?? "";
  await made("PUT /restapis/$api/resources/$pets/methods/GET", { authorizationType: "NONE" });
  ids.validator = (await made("POST /restapis/$api/requestvalidators", { name: "all" })).id ?? "";
  await made("POST /restapis/$api/models", {
    name: "Pet",
    contentType: "application/json",
    schema: '{"type":"object"}',
  });
  ids.plan =
    (await made("POST /usageplans", { name: "gold", apiStages: [{ apiId: "$api", stage: "prod" }] })).id ??
    "";
  ids.key = (await made("POST /apikeys", { name: "ada" })).id ?? "";
  ids.private =
    (await made("POST /restapis", { name: "hidden", endpointConfiguration: { types: ["PRIVATE"] } })).id ??
    "";
  await made("POST /domainnames", { domainName: "api.example.com" });
  await makeWhatIsUsed(client);
});
afterAll(() => client[Symbol.asyncDispose]());

const rows = {
  ...refusalsOfImports,
  ...refusalsOfInputs,
  ...refusalsOfApis,
  ...refusalsOfMethods,
  ...refusalsOfReports,
  ...refusalsOfStages,
  ...refusalsOfUses,
};

describe.each(Object.entries(rows))("what AWS refuses %s", (_area, cases) => {
  it.each(cases)("%#: %s", async (request, body, code, message) => {
    const answer = await client.call(request, body);
    expect({ type: answer.type, message: answer.message }).toEqual({
      type: code,
      message: typeof message === "string" ? message : (expect.stringMatching(message) as unknown),
    });
  });
});

it("a hint beside AWS's sentence tells where the problem is and what would be right", async () => {
  expect(
    await client.call(`PUT ${INTEGRATION}`, { type: "AWS", httpMethod: "POST", uri: "x" }),
  ).toMatchObject({
    message: "Invalid ARN specified in the request",
    hint: expect.stringMatching(
      /^Resource\/\w+\.methods\.GET\.integration\.uri: must be the ARN arn:aws:apigateway:/,
    ) as unknown,
  });
});
