import { type Decision, decideSession, type Policy, parsePolicy } from "@tollgate/iam";
import type { Principal } from "./principal.ts";

/** An action of a principal, with the values that conditions of policies can use. */
export interface Intent {
  /** For example iam:CreateUser. */
  readonly action: string;
  readonly resource: string;
  /** Condition keys by their names in lower case. */
  readonly conditionKeys: Readonly<Record<string, string>>;
}

const compiled = (documents: readonly object[]): Policy[] =>
  documents.flatMap((document) => {
    const parsed = parsePolicy(document, { kind: "identity" });
    return parsed.ok ? [parsed.policy] : [];
  });

/** conditionKeysOf returns the condition keys of a principal (IAM: global condition context keys). */
export const conditionKeysOf = (principal: Principal): Readonly<Record<string, string>> => ({
  "aws:userid": principal.userId,
  "aws:principalarn": principal.principalArn,
  "aws:principalaccount": principal.accountId,
  "aws:principaltype": { root: "Account", user: "User", role: "AssumedRole" }[principal.issuer.kind],
  "aws:currenttime": new Date().toISOString(),
  "aws:epochtime": String(Math.trunc(Date.now() / 1000)),
  ...(principal.userName === "" ? {} : { "aws:username": principal.userName }),
});

/** lookUp creates the lookup of condition keys that the evaluation of policies needs. */
export const lookUp =
  (keys: Readonly<Record<string, string>>) =>
  (name: string): readonly string[] | undefined =>
    Object.hasOwn(keys, name) ? [keys[name] as string] : undefined;

/** decide returns the decision of a principal's own policies. */
export const decide = (principal: Principal, { action, resource, conditionKeys }: Intent): Decision =>
  decideSession(
    compiled(principal.policies),
    principal.sessionPolicies === undefined ? undefined : compiled(principal.sessionPolicies),
    {
      action,
      resource,
      principal: { arn: principal.arn, accountId: principal.accountId },
      conditionKey: lookUp({ ...conditionKeysOf(principal), ...conditionKeys }),
    },
  );
