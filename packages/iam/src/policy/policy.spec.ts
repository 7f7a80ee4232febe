import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matchesGlob } from "./glob.ts";
import { parsePolicy } from "./policy.ts";
import type { Decision, PolicyRequest } from "./policy-request.ts";

const RESOURCE = "arn:aws:execute-api:us-east-1:111122223333:abcdefghij/prod/GET/pets/1";
const alice = { arn: "arn:aws:iam::111122223333:user/team/alice", accountId: "111122223333" };
const session = { arn: "arn:aws:sts::111122223333:assumed-role/reader/s1", accountId: "111122223333" };

function decide(
  statements: readonly object[],
  { keys = {}, ...request }: Partial<PolicyRequest> & { keys?: Record<string, readonly string[]> } = {},
): Decision {
  const kind = statements.some((s) => "Principal" in s || "NotPrincipal" in s) ? "resource" : "identity";
  const parsed = parsePolicy({ Version: "2012-10-17", Statement: statements }, { kind });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.policy.decide({
    action: "execute-api:Invoke",
    resource: RESOURCE,
    principal: undefined,
    conditionKey: (name) => keys[name],
    ...request,
  });
}

const allow = (more: object = {}) => ({
  Effect: "Allow",
  Action: "execute-api:Invoke",
  Resource: "*",
  ...more,
});
const deny = (more: object = {}) => ({ ...allow(more), Effect: "Deny" });

describe("a policy", () => {
  it.each([
    { statements: [allow()], decision: "allow" },
    { statements: [allow(), deny()], decision: "deny" },
    { statements: [deny({ Resource: "arn:other" }), allow()], decision: "allow" },
    { statements: [allow({ Resource: "arn:other" })], decision: "silent" },
    { statements: [allow({ Action: "EXECUTE-API:inv*" })], decision: "allow" },
    { statements: [allow({ Action: ["sqs:*", "execute-api:*"] })], decision: "allow" },
    { statements: [allow({ Action: "execute-api:InvalidateCache" })], decision: "silent" },
    { statements: [{ Effect: "Allow", NotAction: "sqs:*", Resource: "*" }], decision: "allow" },
    { statements: [{ Effect: "Deny", Action: "*", NotResource: "arn:*:abcdefghij/*" }], decision: "silent" },
    {
      statements: [allow({ Resource: "arn:aws:execute-api:*:*:abcdefghij/prod/GET/pets/?" })],
      decision: "allow",
    },
    {
      statements: [allow({ Resource: "arn:aws:execute-api:*:*:abcdefghij/prod/GET/pets" })],
      decision: "silent",
    },
    { statements: [allow({ Resource: "arn:aws:execute-api:*:*:ABCDEFGHIJ/*" })], decision: "silent" },
  ])("$statements: $decision", ({ statements, decision }) => {
    expect(decide(statements)).toBe(decision);
  });

  it.each([
    { element: { Principal: "*" }, principal: undefined, named: true },
    { element: { Principal: { AWS: "*" } }, principal: undefined, named: true },
    { element: { Principal: { AWS: "111122223333" } }, principal: alice, named: true },
    { element: { Principal: { AWS: "arn:aws:iam::111122223333:root" } }, principal: alice, named: true },
    { element: { Principal: { AWS: "arn:aws:iam::999999999999:root" } }, principal: alice, named: false },
    { element: { Principal: { AWS: [alice.arn] } }, principal: alice, named: true },
    { element: { Principal: { AWS: alice.arn } }, principal: undefined, named: false },
    {
      element: { Principal: { AWS: "arn:aws:iam::111122223333:role/x/reader" } },
      principal: session,
      named: true,
    },
    {
      element: { Principal: { AWS: "arn:aws:iam::111122223333:role/writer" } },
      principal: session,
      named: false,
    },
    { element: { Principal: { Service: "lambda.amazonaws.com" } }, principal: alice, named: false },
    { element: { NotPrincipal: { AWS: alice.arn } }, principal: alice, named: false },
    { element: { NotPrincipal: { AWS: alice.arn } }, principal: session, named: true },
  ])("$element matches $principal.arn: $named", ({ element, principal, named }) => {
    expect(decide([allow(element)], { principal })).toBe(named ? "allow" : "silent");
  });
});

describe("conditions", () => {
  const keys = {
    "aws:sourceip": ["203.0.113.7"],
    "aws:username": ["alice"],
    "aws:useragent": ["curl/8"],
    "aws:currenttime": ["2026-06-01T12:00:00Z"],
    "aws:principalarn": [alice.arn],
    "aws:securetransport": ["true"],
    "aws:tagkeys": ["a", "b"],
    n: ["10"],
    star: ["*"],
  };
  it.each([
    { condition: { IpAddress: { "aws:SourceIp": ["198.51.100.0/24", "203.0.113.0/24"] } }, holds: true },
    { condition: { IpAddress: { "aws:SourceIp": "203.0.113.8" } }, holds: false },
    { condition: { NotIpAddress: { "aws:SourceIp": "203.0.113.0/24" } }, holds: false },
    { condition: { NotIpAddress: { "aws:VpcSourceIp": "203.0.113.0/24" } }, holds: true },
    { condition: { StringEquals: { "aws:username": ["bob", "alice"] } }, holds: true },
    { condition: { StringEquals: { "aws:username": "Alice" } }, holds: false },
    { condition: { StringEqualsIgnoreCase: { "aws:username": "Alice" } }, holds: true },
    { condition: { StringNotEquals: { "aws:username": ["bob", "alice"] } }, holds: false },
    { condition: { StringLike: { "aws:UserAgent": "curl/*" } }, holds: true },
    { condition: { StringNotLike: { "aws:UserAgent": "curl/*" } }, holds: false },
    { condition: { StringEquals: { "aws:SourceVpc": "vpc-1" } }, holds: false },
    { condition: { StringNotEquals: { "aws:SourceVpc": "vpc-1" } }, holds: true },
    { condition: { StringEqualsIfExists: { "aws:SourceVpc": "vpc-1" } }, holds: true },
    { condition: { Null: { "aws:SourceVpc": "true" } }, holds: true },
    { condition: { Null: { "aws:SourceIp": "true" } }, holds: false },
    { condition: { Null: { "aws:SourceIp": "false" } }, holds: true },
    { condition: { NumericLessThan: { n: "11" } }, holds: true },
    { condition: { NumericGreaterThanEquals: { n: "10.5" } }, holds: false },
    { condition: { DateGreaterThan: { "aws:CurrentTime": "2026-01-01T00:00:00Z" } }, holds: true },
    { condition: { DateLessThan: { "aws:CurrentTime": "1700000000" } }, holds: false },
    { condition: { Bool: { "aws:SecureTransport": "true" } }, holds: true },
    { condition: { Bool: { "aws:SecureTransport": false } }, holds: false },
    { condition: { ArnLike: { "aws:PrincipalArn": "arn:aws:iam::*:user/team/*" } }, holds: true },
    { condition: { ArnLike: { "aws:PrincipalArn": "arn:*:user/team/*" } }, holds: false },
    { condition: { "ForAllValues:StringEquals": { "aws:TagKeys": ["a", "b", "c"] } }, holds: true },
    { condition: { "ForAllValues:StringEquals": { "aws:TagKeys": ["a"] } }, holds: false },
    { condition: { "ForAllValues:StringEquals": { none: ["a"] } }, holds: true },
    { condition: { "ForAnyValue:StringEquals": { "aws:TagKeys": ["b"] } }, holds: true },
    { condition: { "ForAnyValue:StringEquals": { none: ["b"] } }, holds: false },
    { condition: { StringEquals: { "aws:username": "${aws:username}" } }, holds: true },
    { condition: { StringEquals: { "aws:username": "${aws:none}" } }, holds: false },
    { condition: { StringEquals: { "aws:username": "${aws:none, 'alice'}" } }, holds: true },
    { condition: { StringNotEquals: { "aws:username": "${aws:none}" } }, holds: false },
    { condition: { StringNotEquals: { "aws:username": ["bob", "${aws:none}"] } }, holds: false },
    { condition: { StringNotLike: { "aws:username": "${aws:none}*" } }, holds: false },
    { condition: { StringNotEqualsIgnoreCase: { "aws:username": "${aws:none}" } }, holds: false },
    { condition: { ArnNotLike: { "aws:PrincipalArn": "arn:aws:iam::${aws:none}:user/*" } }, holds: false },
    { condition: { NotIpAddress: { "aws:SourceIp": "${aws:none}" } }, holds: false },
    { condition: { NumericNotEquals: { n: "${aws:none}" } }, holds: false },
    { condition: { DateNotEquals: { "aws:CurrentTime": "${aws:none}" } }, holds: false },
    { condition: { "ForAnyValue:StringNotEquals": { "aws:TagKeys": "${aws:none}" } }, holds: false },
    { condition: { "ForAllValues:StringNotEquals": { "aws:TagKeys": "${aws:none}" } }, holds: false },
    { condition: { StringNotEquals: { "aws:username": "${aws:none, 'bob'}" } }, holds: true },
    { condition: { StringEquals: { "aws:username": "${aws:TagKeys}" } }, holds: false },
    { condition: { StringLike: { "aws:username": "${star}" } }, holds: false },
    { condition: { StringLike: { star: "${*}" } }, holds: true },
    { condition: { StringEquals: { star: "${star}" } }, holds: true },
    { condition: { StringEquals: { "aws:username": "alice" }, NumericEquals: { n: 9 } }, holds: false },
  ])("$condition: $holds", ({ condition, holds }) => {
    expect(decide([allow({ Condition: condition })], { keys })).toBe(holds ? "allow" : "silent");
  });

  it("variables can be used in resources, and values of a request are never wildcards", () => {
    const own = allow({ Resource: "arn:aws:execute-api:*:*:*/prod/GET/${user}/*" });
    const resource = "arn:aws:execute-api:us-east-1:111122223333:abcdefghij/prod/GET/alice/x";
    expect(decide([own], { keys: { user: ["alice"] }, resource })).toBe("allow");
    expect(decide([own], { keys: { user: ["*"] }, resource })).toBe("silent");
    expect(decide([own], { keys: {}, resource })).toBe("silent");
  });

  it("a statement with a variable that has no value is about nothing, NotResource too", () => {
    const others = allow({
      Resource: undefined,
      NotResource: "arn:aws:execute-api:*:*:*/prod/GET/${user}/*",
    });
    expect(decide([others], { keys: { user: ["alice"] } })).toBe("allow");
    expect(decide([others], { keys: {} })).toBe("silent");
  });
});

describe("all problems of an invalid document are reported with their paths", () => {
  it.each([
    { document: "x", problem: "must be a policy document" },
    { document: {}, problem: ".Statement must contain at least one statement" },
    { document: { Version: "2020-01-01", Statement: [allow()] }, problem: ".Version must be 2012-10-17" },
    {
      document: { Statement: [allow({ Effect: "allow" })] },
      problem: ".Statement[0].Effect must be Allow or Deny",
    },
    { document: { Statement: allow({ NotAction: "x" }) }, problem: ".Statement.Action must have either" },
    { document: { Statement: [allow({ Resource: [1] })] }, problem: ".Resource must be a string" },
    {
      document: { Statement: [allow({ Resources: "*" })] },
      problem: ".Resources is not a member of a statement",
    },
    { document: { Statement: [allow({ Principal: "*" })] }, problem: "is allowed in resource policies only" },
    {
      document: { Statement: [allow({ Condition: { IpIs: {} } })] },
      problem: ".Condition.IpIs is not a condition operator",
    },
    {
      document: { Statement: [allow({ Condition: { IpAddress: { "aws:SourceIp": "1.2.3.4/40" } } })] },
      problem: "'1.2.3.4/40' must be an IP address or a range",
    },
  ])("$problem", ({ document, problem }) => {
    const parsed = parsePolicy(document, { kind: "identity" });
    expect(parsed.ok ? [] : parsed.problems.map(({ path, message }) => `${path} ${message}`)).toEqual(
      expect.arrayContaining([expect.stringContaining(problem)]),
    );
  });

  it("a resource policy must name its principals", () => {
    const parsed = parsePolicy({ Statement: [allow()] }, { kind: "resource" });
    expect(parsed).toEqual({
      ok: false,
      problems: [{ path: ".Statement[0].Principal", message: "must have either Principal or NotPrincipal" }],
    });
  });
});

it("a glob matches like the equivalent regular expression", () => {
  const toRegExp = (glob: string) =>
    new RegExp(
      `^${glob
        .replace(/[.+^$()|[\]\\{}]/g, "\\$&")
        .replaceAll("*", "[^]*")
        .replaceAll("?", "[^]")}$`,
    );
  const letters = fc.constantFrom("a", "b", "*", "?", "/");
  fc.assert(
    fc.property(fc.array(letters, { maxLength: 8 }), fc.array(letters, { maxLength: 8 }), (pattern, text) => {
      const [p, t] = [pattern.join(""), text.join("").replaceAll(/[*?]/g, "a")];
      expect(matchesGlob(p, t)).toBe(toRegExp(p).test(t));
    }),
  );
});
