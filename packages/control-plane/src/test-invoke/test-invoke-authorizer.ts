import type { TestAuthorizerRequest, TestAuthorizerResult } from "@tollgate/aws-api";
import { type FrozenResource, kinds } from "@tollgate/config";
import type { Application } from "../application.ts";
import { Refusal } from "../refusal.ts";
import { compileTestStage, runTest } from "./test-stage.ts";

/** A method with nothing but its authorizer: it accepts any path, and responds 200 to every call that the authorizer allows. */
const guarded = (
  authorizerId: string,
  authorizationType: "CUSTOM" | "COGNITO_USER_POOLS",
): FrozenResource => ({
  kind: "Resource",
  id: "authorizer",
  spec: kinds.Resource.spec.parse({
    path: "/{proxy+}",
    methods: {
      GET: {
        authorizationType,
        authorizerId,
        integration: {
          type: "MOCK",
          requestTemplates: { "application/json": '{"statusCode": 200}' },
          integrationResponses: { 200: {} },
        },
        methodResponses: { 200: {} },
      },
    },
  }),
});

/** testInvokeAuthorizer calls an authorizer as it is configured now (AWS: TestInvokeAuthorizer). */
export async function testInvokeAuthorizer(
  application: Application,
  accountId: string,
  request: TestAuthorizerRequest,
): Promise<TestAuthorizerResult> {
  const { apiId, authorizerId, stageVariables } = request;
  const state = application.mirror.account(accountId);
  const authorizer = state.find("Authorizer", apiId, authorizerId);
  if (!authorizer) throw new Refusal("not-found", "Invalid Authorizer identifier specified");
  const isPool = authorizer.spec.type === "COGNITO_USER_POOLS";
  const resource = guarded(authorizerId, isPool ? "COGNITO_USER_POOLS" : "CUSTOM");
  const tested = await compileTestStage(application, state, {
    accountId,
    apiId,
    resource,
    stageVariables,
  });
  const { status, log, latencyMs, call } = await runTest(tested, {
    method: "GET",
    pathWithQuery: request.pathWithQueryString || "/",
    headers: request.headers.flat(),
    body: Buffer.from(request.body),
  });
  const result = call.authorizer;
  return {
    // The test has succeeded if the authorizer has responded, whatever its policy allows.
    clientStatus: result ? 0 : status,
    log,
    latencyMs,
    principalId: result?.principalId,
    policy: result?.policyDocument === undefined ? undefined : JSON.stringify(result.policyDocument),
    context: result?.context,
    claims: result?.claims,
  };
}
