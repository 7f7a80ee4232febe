import { type FrozenResource, kinds } from "@tollgate/config";
import type { Application } from "../application.ts";
import { Refusal } from "../refusal.ts";
import { testedStage } from "./tested-stage.ts";

/** TestAuthorizerRequest is a test call of an authorizer, without a method. */
export interface TestAuthorizerRequest {
  readonly apiId: string;
  readonly authorizerId: string;
  readonly pathWithQueryString: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
  readonly stageVariables: Readonly<Record<string, string>>;
}

/** TestAuthorizerResult is the result of an authorizer; members that it did not return are absent. */
export interface TestAuthorizerResult {
  /** The status that a client would get. 0: the authorizer has responded. */
  readonly clientStatus: number;
  readonly log: string;
  readonly latencyMs: number;
  readonly principalId: string | undefined;
  /** JSON of the policy that a Lambda authorizer returned. */
  readonly policy: string | undefined;
  readonly context: Readonly<Record<string, string>> | undefined;
  readonly claims: Readonly<Record<string, string>> | undefined;
}

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
  const {
    status,
    log,
    latencyMs,
    authorizer: result,
  } = await application.tests.run({
    stage: testedStage(state, { accountId, apiId, resource, stageVariables }),
    call: {
      method: "GET",
      pathWithQuery: request.pathWithQueryString || "/",
      headers: request.headers.flat(),
      body: Buffer.from(request.body),
    },
  });
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
