import { parsePolicy } from "@tollgate/iam";
import { Refusal } from "../refusal.ts";

/** readPolicyDocument reads the JSON of a policy, or refuses it with all problems. */
export function readPolicyDocument(json: string, kind: "identity" | "trust"): Record<string, unknown> {
  let document: unknown;
  try {
    document = JSON.parse(json);
  } catch (error) {
    throw new Refusal("malformed-policy", `The policy is not JSON: ${(error as Error).message}`);
  }
  const parsed = parsePolicy(document, { kind });
  if (parsed.ok) return document as Record<string, unknown>;
  throw new Refusal(
    "malformed-policy",
    `Syntax errors in policy: ${parsed.problems.map(({ path, message }) => `${path} ${message}`).join("; ")}`,
  );
}
