import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Application } from "../application.ts";
import { createAccounts } from "../change/accounts.ts";
import { createIdentities } from "../identity/identities.ts";
import { Sessions } from "../identity/sessions.ts";
import { startMemoryApplication } from "../memory-application.ts";
import type { AdapterContext } from "./adapter-context.ts";
import { createApplicationPort } from "./application-port.ts";
import { CallRate } from "./call-rate.ts";
import { INTEGRATION, METHOD } from "./refusal-row.fixture.ts";
import { refusalsOfApis } from "./refusals-of-apis.fixture.ts";
import { refusalsOfInputs } from "./refusals-of-inputs.fixture.ts";
import { refusalsOfMethods } from "./refusals-of-methods.fixture.ts";
import { refusalsOfStages } from "./refusals-of-stages.fixture.ts";
import { serveCall } from "./serve-call.ts";

let application: Application & AsyncDisposable;
let context: AdapterContext;
/** The ids of what the rows name as $name. */
const ids: Record<string, string> = {};

async function call(request: string, body?: unknown) {
  const [method = "", target = ""] = request
    .replaceAll(/\$(\w+)/g, (_all, name: string) => ids[name] ?? name)
    .split(" ");
  const [path = "", query = ""] = target.split("?");
  const text = typeof body === "string" ? body : JSON.stringify(body ?? {});
  const { response } = await serveCall(context, {
    requestId: "1",
    method,
    path,
    query,
    headers: ["Host", "localhost"],
    body: Buffer.from(method === "GET" || method === "DELETE" ? "" : text.replaceAll("$api", ids.api ?? "")),
    sourceIp: "127.0.0.1",
    userAgent: "spec",
  });
  const answer =
    response.body.length === 0 ? {} : (JSON.parse(response.body.toString()) as Record<string, unknown>);
  return { status: response.status, type: response.headers["x-amzn-ErrorType"], ...answer } as {
    readonly status: number;
    readonly type?: string;
    readonly message?: string;
    readonly hint?: string;
  } & Record<string, unknown>;
}

async function made(request: string, body?: unknown): Promise<Record<string, string>> {
  const answer = await call(request, body);
  if (answer.status >= 300) throw new Error(`${request}: ${JSON.stringify(answer)}`);
  return answer as unknown as Record<string, string>;
}

beforeAll(async () => {
  application = await startMemoryApplication();
  context = {
    application,
    port: createApplicationPort(application),
    identities: createIdentities(createAccounts(application)),
    sessions: new Sessions(application),
    isSigned: false,
    region: "us-east-1",
    rate: new CallRate(),
  };
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
});
afterAll(() => application[Symbol.asyncDispose]());

const rows = { ...refusalsOfInputs, ...refusalsOfApis, ...refusalsOfMethods, ...refusalsOfStages };

describe.each(Object.entries(rows))("what AWS refuses %s", (_area, cases) => {
  it.each(cases)("%#: %s", async (request, body, code, message) => {
    const answer = await call(request, body);
    expect({ type: answer.type, message: answer.message }).toEqual({
      type: code,
      message: typeof message === "string" ? message : (expect.stringMatching(message) as unknown),
    });
  });
});

it("a hint beside AWS's sentence tells where the problem is and what would be right", async () => {
  expect(await call(`PUT ${INTEGRATION}`, { type: "AWS", httpMethod: "POST", uri: "x" })).toMatchObject({
    message: "Invalid ARN specified in the request",
    hint: expect.stringMatching(
      /^Resource\/\w+\.methods\.GET\.integration\.uri: must be the ARN arn:aws:apigateway:/,
    ) as unknown,
  });
});
