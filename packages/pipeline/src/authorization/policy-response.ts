import { parsePolicy } from "@tollgate/iam";
import { resourcePattern } from "../call/path-form.ts";
import { isObject } from "../values/json.ts";
import type { AuthorizerResult } from "./identity.ts";

/** Longest Resource in an authorizer's policy (API Gateway quotas). */
const RESOURCE_MAX = 512;

/** Every Resource of a policy document that was parsed without a problem. */
function resourcesOf(document: unknown): readonly string[] {
  const { Statement: given } = document as { Statement: unknown };
  return (Array.isArray(given) ? given : [given]).flatMap((statement: unknown) => {
    const { Resource: resource, NotResource: not } = statement as Record<
      string,
      string | readonly string[] | undefined
    >;
    return resource ?? not ?? [];
  });
}

/** The context of a response as strings; undefined: it holds what may not be in it. Lists and objects become their JSON where they may. */
function contextOf(given: unknown, keepsTypes: boolean): Readonly<Record<string, string>> | undefined {
  if (given === undefined || given === null) return {};
  if (!isObject(given)) return undefined;
  const context = Object.create(null) as Record<string, string>;
  for (const [name, value] of Object.entries(given)) {
    if (value === null) continue;
    const isPlain = ["string", "number", "boolean"].includes(typeof value);
    if (!isPlain && !keepsTypes) return undefined;
    context[name] = isPlain ? String(value) : JSON.stringify(value);
  }
  return context;
}

/** parsePolicyResponse reads what a Lambda authorizer returned (AWS: Output from an API Gateway Lambda authorizer); a string says what is wrong with it. */
export function parsePolicyResponse(
  text: string,
  { keepsTypes = false }: { readonly keepsTypes?: boolean } = {},
): AuthorizerResult | string {
  let response: unknown;
  try {
    response = JSON.parse(text);
  } catch {
    return "the response is not JSON";
  }
  if (!isObject(response)) return "the response is not an object";
  const { principalId, policyDocument, context: given, usageIdentifierKey } = response;
  if (typeof principalId !== "string" || principalId === "") return "principalId must be a string";
  const parsed = parsePolicy(policyDocument, { kind: "identity", expandResource: resourcePattern });
  if (!parsed.ok)
    return parsed.problems.map(({ path, message }) => `policyDocument${path} ${message}`).join("; ");
  const long = resourcesOf(policyDocument).find((resource) => resource.length > RESOURCE_MAX);
  if (long !== undefined)
    return `a Resource of policyDocument has ${long.length} characters; at most ${RESOURCE_MAX} are allowed`;
  const context = contextOf(given, keepsTypes);
  if (!context) return "context may only hold strings, numbers and booleans";
  return {
    principalId,
    policy: parsed.policy,
    policyDocument,
    context,
    ...(keepsTypes ? { values: (given ?? {}) as Readonly<Record<string, unknown>> } : {}),
    claims: undefined,
    usageIdentifierKey: typeof usageIdentifierKey === "string" ? usageIdentifierKey : undefined,
  };
}
