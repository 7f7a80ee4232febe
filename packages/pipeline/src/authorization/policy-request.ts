import type { PolicyRequest } from "@tollgate/iam";
import type { Call } from "../call/call.ts";
import { firstHeader } from "../call/header-lookup.ts";
import { resourceOf } from "../call/path-form.ts";
import type { RouteContext } from "../call/route-context.ts";
import { vpcIdOf } from "../call/vpc-of-call.ts";

/** Longest ARN of a method that is authorized (API Gateway quotas). */
export const METHOD_ARN_MAX = 1600;

/**
 * methodArn names what is called: arn:aws:execute-api:{region}:{account}:{api}/{stage}/{METHOD}/{path}. The path is that of the resource that an
 * upstream resolves it to: a policy must not be got past with another spelling.
 */
export function methodArn(call: Call): string {
  const { route } = call;
  const resource = route?.arnResource ?? `${call.method}/${resourceOf(call.path)}`;
  return (route ? stageArn(route.context) : "") + resource;
}

const stageArns = new WeakMap<RouteContext, string>();

/** The part of it that all calls of a stage have in common, made once. */
function stageArn(context: RouteContext): string {
  const known = stageArns.get(context);
  if (known !== undefined) return known;
  const { region, accountId, apiId, stageName } = context;
  const made = `arn:aws:execute-api:${region}:${accountId}:${apiId}/${stageName}/`;
  stageArns.set(context, made);
  return made;
}

/** A character of a path is at most three of its resource. */
const ENCODED_MAX = 3;

/** compileArnLimit finds calls of a stage whose ARN is too long to be authorized. That of a short path, as most are, need not be made. */
export function compileArnLimit(context: RouteContext): (call: Call) => boolean {
  const room = METHOD_ARN_MAX - stageArn(context).length - 1;
  return (call) =>
    call.method.length + call.path.length * ENCODED_MAX > room && methodArn(call).length > METHOD_ARN_MAX;
}

const one = (value: string | undefined): readonly string[] | undefined =>
  value === undefined || value === "" ? undefined : [value];

/** Condition keys by their lower-case names (AWS: condition keys that can be used in API Gateway resource policies). */
const conditionKeys: Readonly<Record<string, (call: Call) => readonly string[] | undefined>> = {
  "aws:currenttime": (call) => [new Date(call.startUnixMs).toISOString()],
  "aws:epochtime": (call) => [String(Math.trunc(call.startUnixMs / 1000))],
  "aws:principalaccount": (call) => one(call.identity?.accountId),
  "aws:principalarn": (call) => one(call.identity?.principalArn),
  "aws:principaltype": (call) => [call.identity ? "User" : "Anonymous"],
  "aws:referer": (call) => one(firstHeader(call.headers, "referer")),
  "aws:requestedregion": (call) => one(call.route?.context.region),
  "aws:securetransport": (call) => [String(call.scheme === "https")],
  // Calls from private networks have no address of the Internet: policies know theirs by another key.
  "aws:sourceip": (call) => (call.network ? undefined : one(call.sourceIp)),
  "aws:sourcevpc": (call) => one(vpcIdOf(call)),
  "aws:sourcevpce": (call) => one(call.network?.vpcEndpointId),
  "aws:vpcsourceip": (call) => (call.network ? one(call.sourceIp) : undefined),
  "aws:useragent": (call) => one(call.userAgent),
  "aws:userid": (call) => one(call.identity?.userId),
  "aws:username": (call) => one(call.identity?.userName),
};

/** conditionKeyOf is the values of a condition key, by its lower-case name; undefined: the call has none. */
export const conditionKeyOf = (call: Call, name: string): readonly string[] | undefined =>
  Object.hasOwn(conditionKeys, name) ? conditionKeys[name]?.(call) : undefined;

/** CallRequest reads of a call what a policy asks for: many say nothing of resources, or have no conditions. */
class CallRequest implements PolicyRequest {
  readonly #call: Call;
  readonly action: string;
  #resource = "";

  constructor(call: Call, action: string) {
    this.#call = call;
    this.action = action;
  }

  get resource(): string {
    return (this.#resource ||= methodArn(this.#call));
  }

  get principal(): PolicyRequest["principal"] {
    return this.#call.identity;
  }

  conditionKey(name: string): readonly string[] | undefined {
    return conditionKeyOf(this.#call, name);
  }
}

/** policyRequest is a call as policies are asked about it. */
export const policyRequest = (call: Call, action = "execute-api:Invoke"): PolicyRequest =>
  new CallRequest(call, action);
