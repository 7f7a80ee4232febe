import { parsePolicy } from "@tollgate/iam";
import type { AuthorizerResult } from "./identity.ts";

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The context of an answer as texts; undefined: it holds what is no text, number or boolean. */
function contextOf(given: unknown): Readonly<Record<string, string>> | undefined {
  if (given === undefined || given === null) return {};
  if (!isObject(given)) return undefined;
  const context = Object.create(null) as Record<string, string>;
  for (const [name, value] of Object.entries(given)) {
    if (value === null) continue;
    if (!["string", "number", "boolean"].includes(typeof value)) return undefined;
    context[name] = String(value);
  }
  return context;
}

/** parseLambdaAnswer reads what a Lambda authorizer returned (AWS: Output from an API Gateway Lambda authorizer); a text says what is wrong with it. */
export function parseLambdaAnswer(text: string): AuthorizerResult | string {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    return "the answer is not JSON";
  }
  if (!isObject(answer)) return "the answer is no object";
  const { principalId, policyDocument, context: given, usageIdentifierKey } = answer;
  if (typeof principalId !== "string" || principalId === "") return "principalId must be a text";
  const parsed = parsePolicy(policyDocument, { kind: "identity" });
  if (!parsed.ok)
    return parsed.problems.map(({ path, message }) => `policyDocument${path} ${message}`).join("; ");
  const context = contextOf(given);
  if (!context) return "context may only hold texts, numbers and booleans";
  return {
    principalId,
    policy: parsed.policy,
    context,
    claims: undefined,
    usageIdentifierKey: typeof usageIdentifierKey === "string" ? usageIdentifierKey : undefined,
  };
}
