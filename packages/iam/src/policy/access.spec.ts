import { describe, expect, it } from "vitest";
import { decideAccess, decideOwn } from "./access.ts";
import { parsePolicy } from "./policy.ts";
import type { Decision, PolicyPrincipal } from "./policy-request.ts";

const OWNER = "111122223333";
const OTHER = "999999999999";
const userOf = (account: string): PolicyPrincipal => ({
  arn: `arn:aws:iam::${account}:user/alice`,
  accountId: account,
});
const sessionOf = (account: string): PolicyPrincipal => ({
  arn: `arn:aws:sts::${account}:assumed-role/app/s1`,
  accountId: account,
});
const rootOf = (account: string): PolicyPrincipal => ({
  arn: `arn:aws:iam::${account}:root`,
  accountId: account,
});

const policyOf = (decision: Decision, more: object, kind: "identity" | "resource") => {
  const statements = {
    allow: [{ Effect: "Allow", Action: "*", Resource: "*", ...more }],
    deny: [{ Effect: "Deny", Action: "*", Resource: "*", ...more }],
    silent: [{ Effect: "Allow", Action: "s3:*", Resource: "*", ...more }],
  }[decision];
  const parsed = parsePolicy({ Version: "2012-10-17", Statement: statements }, { kind });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.policy;
};

interface Given {
  readonly caller: PolicyPrincipal;
  readonly own: Decision;
  readonly session?: Decision;
  readonly policy?: Decision;
  readonly principal?: unknown;
}

function decisionOf({ caller, own, session, policy, principal = "*" }: Given): Decision {
  const request = {
    action: "execute-api:Invoke",
    resource: "arn:aws:execute-api:us-east-1:111122223333:a/prod/GET/x",
    principal: caller,
    conditionKey: () => undefined,
  };
  const decided = decideOwn(
    [policyOf(own, {}, "identity")],
    session && [policyOf(session, {}, "identity")],
    request,
  );
  const resource = policy ? policyOf(policy, { Principal: principal }, "resource").decideOn(request) : "none";
  return decideAccess(decided, resource, caller.accountId !== OWNER);
}

describe("an identity's policies and a resource policy together", () => {
  const decisions: readonly Decision[] = ["allow", "silent", "deny"];
  /** API Gateway's tables A and B: rows are the identity's policies, columns the resource policy that names the caller. */
  it.each([
    ["within an account", userOf(OWNER), ["allow allow deny", "allow silent deny", "deny deny deny"]],
    ["across accounts", userOf(OTHER), ["allow silent deny", "silent silent deny", "deny deny deny"]],
  ])("%s", (_what, caller, wanted) => {
    const table = decisions.map((own) =>
      decisions
        .map((policy) => decisionOf({ caller, own, policy, principal: { AWS: caller.arn } }))
        .join(" "),
    );
    expect(table).toEqual(wanted);
  });

  it.each([
    { caller: userOf(OWNER), principal: OWNER, own: "silent", decision: "silent" },
    { caller: userOf(OWNER), principal: `arn:aws:iam::${OWNER}:root`, own: "silent", decision: "silent" },
    { caller: userOf(OWNER), principal: OWNER, own: "allow", decision: "allow" },
    { caller: userOf(OWNER), principal: [OWNER, userOf(OWNER).arn], own: "silent", decision: "allow" },
    { caller: rootOf(OWNER), principal: OWNER, own: "silent", decision: "allow" },
    { caller: userOf(OTHER), principal: OTHER, own: "allow", decision: "allow" },
    { caller: userOf(OTHER), principal: OTHER, own: "silent", decision: "silent" },
    { caller: sessionOf(OWNER), principal: OWNER, own: "silent", decision: "silent" },
  ] as const)(
    "$principal lets the account's own policies decide: $own of $caller.arn is $decision",
    (row) => {
      expect(decisionOf({ ...row, policy: "allow", principal: { AWS: row.principal } })).toBe(row.decision);
    },
  );

  it("a deny of an account is for all of it", () => {
    expect(
      decisionOf({ caller: userOf(OWNER), own: "allow", policy: "deny", principal: { AWS: OWNER } }),
    ).toBe("deny");
  });

  const ROLE = `arn:aws:iam::${OWNER}:role/app`;
  const SESSION = sessionOf(OWNER).arn;
  it.each([
    { principal: ROLE, session: undefined, decision: "allow" },
    { principal: ROLE, session: "silent", decision: "silent" },
    { principal: ROLE, session: "allow", decision: "allow" },
    { principal: "*", session: "silent", decision: "silent" },
    { principal: SESSION, session: "silent", decision: "allow" },
    { principal: SESSION, session: "deny", decision: "deny" },
  ] as const)("a session that is narrowed ($session) and named as $principal: $decision", (row) => {
    const { principal, session, decision } = row;
    const narrowed = session === undefined ? {} : { session };
    expect(
      decisionOf({
        caller: sessionOf(OWNER),
        own: "silent",
        policy: "allow",
        principal: { AWS: principal },
        ...narrowed,
      }),
    ).toBe(decision);
  });
});
