import type { AccountView } from "../../port.ts";
import { badRequest } from "./errors.ts";

/** Members that only some types have, which an authorizer loses when it gets another type. */
const ONLY_OF: Readonly<Record<string, readonly string[]>> = {
  authorizerUri: ["TOKEN", "REQUEST"],
  authorizerCredentials: ["TOKEN", "REQUEST"],
  identityValidationExpression: ["TOKEN", "COGNITO_USER_POOLS"],
  providerARNs: ["COGNITO_USER_POOLS"],
};

/** keepMembersOf removes from a patched authorizer what its type does not have: Terraform patches the type of an authorizer that exists. */
export function keepMembersOf(patched: Record<string, unknown>): void {
  for (const [member, types] of Object.entries(ONLY_OF))
    if (!types.includes(String(patched.type))) delete patched[member];
}

/** What the rules read of an authorizer, which may be of any shape. */
interface Given {
  readonly name?: string;
  readonly type?: string;
  readonly authorizerUri?: string;
  readonly identitySource?: string;
  readonly authorizerResultTtlInSeconds?: number;
}

const URI = /^arn:aws[a-z-]*:apigateway:([a-z0-9-]+):lambda:path\/\s*2015-03-31\/functions\/.+\/invocations$/;
const AWS_REGION = /^[a-z]{2,}(-[a-z]+)+-\d+$/;

/** Whether a URI is that of a function in a region of AWS, or in the gateway's own, which may have any name. */
function isOfFunction(uri: string, ownRegion: string): boolean {
  const region = URI.exec(uri)?.[1];
  return region !== undefined && (region === ownRegion || AWS_REGION.test(region));
}

const TTL_MAX_S = 3600;
const TTL_DEFAULT_S = 300;

/** AWS's sentences for an authorizer by itself, those about results as recorded of HTTP APIs. */
const RULES: readonly ((given: Given, region: string) => string | undefined)[] = [
  // hashicorp/terraform-provider-aws#1757
  ({ type, authorizerUri }, region) =>
    !ONLY_OF.authorizerUri?.includes(type ?? "") || isOfFunction(authorizerUri ?? "", region)
      ? undefined
      : `Invalid Authorizer URI: ${authorizerUri || null}. Authorizer URI should be a valid API Gateway ARN that represents a Lambda function invocation.`,
  ({ authorizerResultTtlInSeconds: ttl = TTL_DEFAULT_S }) =>
    ttl < 0 || ttl > TTL_MAX_S
      ? "Authorizer result TTL outside allowable range. TTL must be between 0 and 3600 seconds."
      : undefined,
  ({ type, identitySource = "", authorizerResultTtlInSeconds: ttl = TTL_DEFAULT_S }) =>
    type === "REQUEST" && ttl > 0 && identitySource.trim() === ""
      ? "Identity source must be set if authorizer caching is enabled (TTL is greater than 0)"
      : undefined,
];

/** refuseAuthorizer throws AWS's error for an authorizer that it does not take, if AWS's sentence for it is known. */
export function refuseAuthorizer(given: Given, region: string): void {
  for (const rule of RULES) {
    const sentence = rule(given, region);
    if (sentence !== undefined) throw badRequest(sentence);
  }
}

/** refuseAuthorizerName throws AWS's error for a name that another authorizer of the API has (serverless/serverless#4824). */
export function refuseAuthorizerName(
  account: AccountView,
  apiId: string,
  name: unknown,
  ownId?: string,
): void {
  const isTaken = [...account.list("Authorizer", apiId)].some(
    ({ entity: { id, spec } }) => id !== ownId && spec.name === name,
  );
  if (isTaken)
    throw badRequest(
      `Authorizer name must be unique. Authorizer ${String(name)} already exists in this RestApi.`,
    );
}
