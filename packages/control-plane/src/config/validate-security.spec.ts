import { expect, it } from "vitest";
import { type Entity, kinds, SECURITY_POLICIES, type SpecOf } from "@tollgate/config";
import { enhancedProblems, securityProblems } from "./validate-security.ts";

const REGIONAL = "SecurityPolicy_TLS13_1_3_2025_09";
const EDGE = "SecurityPolicy_TLS13_2025_EDGE";
const BASIC = { endpointAccessMode: "BASIC" };
const of = (...types: string[]) => ({ endpointConfiguration: { types } });

type Written = Entity<"RestApi"> | Entity<"DomainName">;
const entityOf = (kind: Written["kind"], given: object) =>
  ({
    kind,
    apiId: "",
    id: "x",
    spec: kinds[kind].spec.parse(kind === "RestApi" ? { name: "x", ...given } : given),
  }) as Written;
const shown = (problems: readonly { readonly code: string; readonly path: string }[]) =>
  problems.map(({ code, path }) => `${code} ${path}`);

const UNKNOWN = "SECURITY_POLICY_UNKNOWN";
const OTHERS = "SECURITY_POLICY_OF_OTHERS";
const MODE = "ACCESS_MODE_REQUIRED";
const rows: readonly [string, object, string | undefined][] = [
  ["none", of("REGIONAL"), undefined],
  ["TLS_1_0", of("EDGE"), undefined],
  ["TLS_1_0", of("PRIVATE"), `${OTHERS} securityPolicy`],
  ["TLS_1_2", of("PRIVATE"), undefined],
  ["TLS_1_3", of("REGIONAL"), `${UNKNOWN} securityPolicy`],
  ["tls_1_2", of("REGIONAL"), `${UNKNOWN} securityPolicy`],
  ["toString", of("REGIONAL"), `${UNKNOWN} securityPolicy`],
  [REGIONAL, { ...of("REGIONAL"), ...BASIC }, undefined],
  [REGIONAL, { ...of("PRIVATE"), endpointAccessMode: "STRICT" }, undefined],
  [REGIONAL, { ...of("EDGE"), ...BASIC }, `${OTHERS} securityPolicy`],
  [REGIONAL, of("REGIONAL"), `${MODE} endpointAccessMode`],
  [EDGE, { ...of("EDGE"), ...BASIC }, undefined],
  [EDGE, { ...of("REGIONAL"), ...BASIC }, `${OTHERS} securityPolicy`],
  [EDGE, of("EDGE"), `${MODE} endpointAccessMode`],
];

it.each((["RestApi", "DomainName"] as const).flatMap((kind) => rows.map((row) => [kind, ...row] as const)))(
  "%s with %s and %j: %s",
  (kind, policy, given, wanted) => {
    const named = policy === "none" ? given : { ...given, securityPolicy: policy };
    const place = wanted?.replace(" ", ` ${kind}/x.`);
    expect(shown(securityProblems(entityOf(kind, named), undefined))).toEqual(
      place === undefined ? [] : [place],
    );
  },
);

it("each policy may be that of an API of one of its endpoint types", () => {
  for (const [securityPolicy, { endpoints = ["REGIONAL"] }] of Object.entries(SECURITY_POLICIES))
    expect(
      securityProblems(
        entityOf("RestApi", { ...of(...endpoints.slice(0, 1)), ...BASIC, securityPolicy }),
        undefined,
      ),
    ).toEqual([]);
});

it("what was stored before is refused only when it changes", () => {
  const old = { ...of("REGIONAL"), securityPolicy: "WRONG" };
  const { spec } = entityOf("DomainName", old);
  expect(securityProblems(entityOf("DomainName", { ...old, tags: { a: "b" } }), spec)).toEqual([]);
  expect(securityProblems(entityOf("DomainName", { ...old, ...of("PRIVATE") }), spec)).toHaveLength(1);
});

const enhanced = (given: object, stored?: object) =>
  shown(
    enhancedProblems(
      entityOf("DomainName", { ...of("REGIONAL"), ...given }) as Entity<"DomainName">,
      stored && (entityOf("DomainName", { ...of("REGIONAL"), ...stored }).spec as SpecOf<"DomainName">),
    ),
  );

it("a domain with one of the newer policies has no mutual TLS, and leads to REST APIs only", () => {
  const mutualTlsAuthentication = { truststoreUri: "s3://trust/all.pem" };
  const mappings = { basePathMappings: { a: { restApiId: "r", stage: "s" }, b: { apiId: "h", stage: "s" } } };
  const policy = { securityPolicy: REGIONAL, ...BASIC };
  expect(enhanced({ mutualTlsAuthentication, ...mappings, securityPolicy: "TLS_1_2" })).toEqual([]);
  expect(enhanced({ ...policy, mutualTlsAuthentication })).toEqual([
    "ENHANCED_WITH_MUTUAL_TLS DomainName/x.mutualTlsAuthentication",
  ]);
  expect(enhanced({ ...policy, ...mappings })).toEqual([
    "ENHANCED_OF_HTTP_APIS DomainName/x.basePathMappings.b",
  ]);
  const both = { ...policy, ...mappings, mutualTlsAuthentication };
  expect(enhanced({ ...both, tags: { a: "b" } }, both)).toEqual([]);
});
