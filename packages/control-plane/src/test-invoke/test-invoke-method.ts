import type { FrozenResource } from "@tollgate/config";
import type { TestInvokeMethodRequest } from "@tollgate/proto/control";
import type { Application } from "../application.ts";
import { accountOf } from "../config/wire.ts";
import { restApiOf } from "../deployment/deployment-kinds.ts";
import type { AccountState } from "../mirror/mirror.ts";
import { Refusal } from "../refusal.ts";
import { testedStage } from "./tested-stage.ts";

/** Headers that every response gets and that the result of a test does not contain. */
const HIDDEN = new Set(["x-amzn-requestid", "x-amz-apigw-id", "content-length"]);

function resourceOf(state: AccountState, { apiId, resourceId }: TestInvokeMethodRequest): FrozenResource {
  const resource = state.find("Resource", apiId, resourceId);
  if (!resource) throw new Refusal("not-found", "Invalid Resource identifier specified");
  return { kind: "Resource", id: resource.id, spec: resource.spec };
}

/** The resource with only the method that a verb calls, without authorization, which tests skip (AWS: TestInvokeMethod). */
function openMethod(resource: FrozenResource, verb: string): FrozenResource {
  const methods = resource.spec.methods as Readonly<Record<string, object>>;
  const name = [verb, "ANY"].find((candidate) => Object.hasOwn(methods, candidate));
  if (name === undefined) throw new Refusal("not-found", "Invalid Method identifier specified");
  const open = {
    ...methods[name],
    authorizationType: "NONE",
    authorizerId: undefined,
    apiKeyRequired: false,
  };
  return { ...resource, spec: { ...resource.spec, methods: { [name]: open } } } as FrozenResource;
}

const shown = (headers: readonly string[]) => {
  const pairs: { name: string; value: string }[] = [];
  for (let i = 0; i < headers.length; i += 2)
    if (!HIDDEN.has((headers[i] as string).toLowerCase()))
      pairs.push({ name: headers[i] as string, value: headers[i + 1] as string });
  return pairs;
};

/** testInvokeMethod is TestInvokeService.TestInvokeMethod. */
export async function testInvokeMethod(application: Application, request: TestInvokeMethodRequest) {
  const accountId = accountOf(request.accountId);
  const state = application.mirror.account(accountId);
  const { apiId, stageVariables, clientCertificateId } = request;
  restApiOf(state, accountId, apiId);
  const method = request.httpMethod || "GET";
  const resource = openMethod(resourceOf(state, request), method);
  const stage = testedStage(state, { accountId, apiId, resource, stageVariables, clientCertificateId });
  const { status, headers, body, log, latencyMs, isRefusal } = await application.tests.run({
    stage,
    call: {
      method,
      pathWithQuery: request.pathWithQueryString || undefined,
      headers: request.headers.flatMap(({ name, value }) => [name, value]),
      body: request.body,
    },
  });
  // As on AWS, what the gateway itself says has no type here.
  const visible = shown(headers).filter(({ name }) => !isRefusal || name.toLowerCase() !== "content-type");
  return { status, headers: visible, body, log, latencyMs: BigInt(latencyMs) };
}
