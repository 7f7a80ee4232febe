import { expect, it } from "vitest";
import { type Entity, kinds, type SpecOf } from "@tollgate/config";
import { domainProblems } from "./validate-domains.ts";

const place = { region: "us-east-1", accountId: "123456789012" };
const policy = (Principal: unknown = "*") =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal, Action: "execute-api:Invoke", Resource: "execute-api:/*" }],
  });
const mutualTlsAuthentication = { truststoreUri: "s3://trust/all.pem" };
const of = (type: string) => ({ endpointConfiguration: { types: [type] } });
const specOf = (given: object) => kinds.DomainName.spec.parse(given) as SpecOf<"DomainName">;

/** Codes and places of what is wrong with a domain. */
const problems = (given: object, stored?: object, id = "a.example.com") =>
  domainProblems(
    { kind: "DomainName", apiId: "", id, spec: specOf(given) } as Entity<"DomainName">,
    stored && specOf(stored),
    place,
  ).map(({ code, path }) => `${code} ${path.replace(`DomainName/${id}`, "")}`);

it.each<[string, object, readonly string[]]>([
  ["a public domain", of("REGIONAL"), []],
  ["a private domain without a policy, which nobody may call", of("PRIVATE"), []],
  ["a private domain with a policy", { ...of("PRIVATE"), policy: policy() }, []],
  ["a policy that is none", { ...of("PRIVATE"), policy: "{}" }, ["POLICY_INVALID .policy.Statement"]],
  [
    "a policy that asks for callers",
    { ...of("PRIVATE"), policy: policy({ AWS: "123456789012" }) },
    ["POLICY_INVALID .policy.Statement[0].Principal"],
  ],
  [
    "a policy of a public domain",
    { ...of("REGIONAL"), policy: policy() },
    ["POLICY_OF_PUBLIC_DOMAIN .policy"],
  ],
  ["mutual TLS in the region", { ...of("REGIONAL"), mutualTlsAuthentication }, []],
  [
    "mutual TLS at the edge",
    { ...of("EDGE"), mutualTlsAuthentication },
    ["MUTUAL_TLS_REGIONAL .mutualTlsAuthentication"],
  ],
  [
    "mutual TLS in a private network",
    { ...of("PRIVATE"), mutualTlsAuthentication },
    ["MUTUAL_TLS_REGIONAL .mutualTlsAuthentication"],
  ],
])("%s", (_what, given, wanted) => {
  expect(problems(given)).toEqual(wanted);
});

it("a private domain is no wildcard, and stays private", () => {
  expect(problems(of("PRIVATE"), undefined, "*.example.com")).toEqual(["PRIVATE_WILDCARD .id"]);
  const migrated = ["DOMAIN_MIGRATED .endpointConfiguration.types"];
  expect(problems(of("REGIONAL"), of("PRIVATE"))).toEqual(migrated);
  expect(problems(of("PRIVATE"), of("EDGE"))).toEqual(migrated);
  expect(problems(of("REGIONAL"), of("EDGE"))).toEqual([]);
});

it("a domain that was stored before is not refused for what does not change", () => {
  const old = { ...of("EDGE"), mutualTlsAuthentication, policy: policy() };
  expect(problems({ ...old, tags: { team: "shop" } }, old)).toEqual([]);
  expect(problems({ ...old, policy: undefined }, old)).toEqual([
    "MUTUAL_TLS_REGIONAL .mutualTlsAuthentication",
  ]);
});
