import { describe, expect, it } from "vitest";
import {
  apiMember,
  type Entity,
  isApi,
  isComponent,
  isDeployment,
  isFrozen,
  isHolder,
  isReferredFromApis,
  isStage,
  type Kind,
  kindNames,
  kindRule,
  kinds,
  nameOf,
  quotaUsesOf,
  referencesOf,
} from "./index.ts";

const entity = (kind: Kind, id: string, spec: object, apiId = ""): Entity =>
  ({ kind, apiId, id, labels: {}, spec }) as Entity;

const named = (holds: (kind: Kind) => boolean) => kindNames.filter(holds).sort();

describe("the kinds", () => {
  it("are registered under their own names, each with its own collection", () => {
    expect(Object.values(kinds).map(({ name }) => name)).toEqual(Object.keys(kinds));
    const collections = kindNames.map((kind) => nameOf({ kind, apiId: "a", id: "" }));
    expect(new Set(collections).size).toBe(kindNames.length);
  });

  it.each<[string, (kind: Kind) => boolean, readonly Kind[]]>([
    ["are APIs", isApi, ["Api", "RestApi"]],
    ["are stages", isStage, ["ApiStage", "Stage"]],
    ["are snapshots", isDeployment, ["ApiDeployment", "Deployment"]],
    ["are shared by methods", isComponent, ["Authorizer", "GatewayResponse", "Model", "RequestValidator"]],
    [
      "are frozen by a deployment",
      isFrozen,
      ["Api", "Authorizer", "GatewayResponse", "Model", "RequestValidator", "Resource", "RestApi"],
    ],
    ["have policies", isHolder, ["Group", "Role", "User"]],
    [
      "are for admins to write",
      (kind) => kindRule(kind).writableBy === "admin",
      ["AcmeAccount", "Group", "ManagedPolicy", "OpenIdConnectProvider", "Role", "RootAccessKey", "User"],
    ],
    [
      "belong to the account and are referred to from APIs",
      isReferredFromApis,
      ["ClientCertificate", "VpcLink", "WebAcl"],
    ],
    [
      "reach the nodes within their account",
      (kind) => kindRule(kind).delivery?.within === "account",
      ["Account", "DomainNameAccessAssociation", "SamplingRule", "ServiceEndpoint", "VpcEndpoint", "VpcLink"],
    ],
    [
      "reach the nodes as their own artifacts",
      (kind) => kindRule(kind).delivery?.within === "itself",
      [
        "Certificate",
        "CertificateRequest",
        "DomainName",
        "IpSet",
        "RegexPatternSet",
        "RuleGroup",
        "UsagePlan",
        "WebAcl",
      ],
    ],
    [
      "are limited by their ids, not by a quota",
      (kind) => kindRule(kind).quota === undefined,
      ["Account", "GatewayResponse", "Seller"],
    ],
    [
      "say who is charged what",
      (kind) => kindRule(kind).bills === true,
      ["Customer", "PricePlan", "Product", "Subscription"],
    ],
  ])("that %s", (_what, holds, expected) => {
    expect(named(holds)).toEqual(expected);
  });

  it.each<[Kind, string]>([
    ["Stage", "restApiId"],
    ["ApiStage", "apiId"],
    ["UsagePlan", "restApiId"],
  ])("%s names its API %s in a manifest", (kind, member) => {
    expect(apiMember(kind)).toBe(member);
  });
});

describe("references", () => {
  const vpc = { connectionType: "VPC_LINK" };
  it.each<[Kind, object, readonly (readonly [to: string, path: string])[]]>([
    ["RestApi", {}, []],
    ["Model", {}, [["restapis/api", "restApiId"]]],
    [
      "Stage",
      {
        deploymentId: "d1",
        canarySettings: { deploymentId: "d2" },
        documentationVersion: "v",
        clientCertificateId: "c",
        webAclId: "w",
      },
      [
        ["restapis/api", "restApiId"],
        ["restapis/api/deployments/d1", "deploymentId"],
        ["restapis/api/deployments/d2", "canarySettings.deploymentId"],
        ["restapis/api/documentationversions/v", "documentationVersion"],
        ["clientcertificates/c", "clientCertificateId"],
        ["webacls/w", "webAclId"],
      ],
    ],
    [
      "Resource",
      {
        methods: {
          GET: {
            authorizerId: "a",
            requestValidatorId: "r",
            integration: { ...vpc, connectionId: "l" },
            requestModels: { "*/*": "Pet", "text/plain": "Empty" },
            methodResponses: { 200: { responseModels: { "*/*": "Pets" } } },
          },
          PUT: {
            integration: { ...vpc, connectionId: "${stageVariables.link}" },
            requestModels: {},
            methodResponses: {},
          },
        },
      },
      [
        ["restapis/api", "restApiId"],
        ["restapis/api/authorizers/a", "methods.GET.authorizerId"],
        ["restapis/api/requestvalidators/r", "methods.GET.requestValidatorId"],
        ["vpclinks/l", "methods.GET.integration.connectionId"],
        ["restapis/api/models/Pet", "methods.GET.requestModels.*/*"],
        ["restapis/api/models/Pets", "methods.GET.methodResponses.200.responseModels.*/*"],
      ],
    ],
    [
      "Api",
      { integrations: { i: { ...vpc, connectionId: "l" }, j: { connectionType: "INTERNET" } } },
      [["vpclinks/l", "integrations.i.connectionId"]],
    ],
    ["ApiStage", {}, [["apis/api", "apiId"]]],
    [
      "ApiStage",
      { deploymentId: "d", clientCertificateId: "c", webAclId: "w" },
      [
        ["apis/api", "apiId"],
        ["apis/api/deployments/d", "deploymentId"],
        ["clientcertificates/c", "clientCertificateId"],
        ["webacls/w", "webAclId"],
      ],
    ],
    [
      "DomainName",
      {
        basePathMappings: {
          rest: { restApiId: "r" },
          v1: { restApiId: "r", stage: "s" },
          http: { apiId: "h", stage: "$default" },
        },
      },
      [
        ["restapis/r", "basePathMappings.rest"],
        ["restapis/r/stages/s", "basePathMappings.v1"],
        ["apis/h/stages/$default", "basePathMappings.http"],
      ],
    ],
    ["DomainNameAccessAssociation", { domainName: "x.y" }, [["domainnames/x.y", "domainName"]]],
    ["UsagePlan", { apiStages: [{ apiId: "r", stage: "s" }] }, [["restapis/r/stages/s", "apiStages[0]"]]],
    [
      "ApiKey",
      { usagePlanIds: ["a", "b"] },
      [
        ["usageplans/a", "usagePlanIds[0]"],
        ["usageplans/b", "usagePlanIds[1]"],
      ],
    ],
    [
      "User",
      { groups: ["g"], managedPolicyArns: ["arn:aws:iam::aws:policy/X", "arn:aws:iam::1:policy/p/Own"] },
      [
        ["groups/g", "groups[0]"],
        ["policies/Own", "managedPolicyArns[1]"],
      ],
    ],
  ])("of %s %j", (kind, spec, expected) => {
    const apiId = kindRule(kind).parent ? "api" : "";
    const found = referencesOf(entity(kind, "id", spec, apiId)).map(({ to, path }) => [nameOf(to), path]);
    expect(found).toEqual(expected.map(([to, path]) => [to, `${kind}/id.${path}`]));
  });
});

describe("quotas", () => {
  it.each<[Kind, object, readonly string[]]>([
    ["RestApi", {}, ["restApis 1"]],
    [
      "Api",
      { authorizers: {}, integrations: { i: {} }, routes: { a: {}, b: {} } },
      ["restApis 1", "authorizers of id 0", "integrations of id 1", "routes of id 2"],
    ],
    ["Stage", {}, ["stages of api 1"]],
    ["ApiStage", {}, ["stages of api 1"]],
    ["GatewayResponse", {}, []],
  ])("that %s uses", (kind, spec, expected) => {
    const apiId = kindRule(kind).parent ? "api" : "";
    const uses = quotaUsesOf(kindRule(kind), entity(kind, "id", spec, apiId));
    expect(
      uses.map(({ name, apiId, count }) => `${name}${apiId === "" ? "" : ` of ${apiId}`} ${count}`),
    ).toEqual(expected);
  });

  it("of every kind are members of the account's quotas", () => {
    const names = kindNames.flatMap((kind) => kindRule(kind).quota ?? []);
    const quotas = Object.fromEntries(names.map((name) => [name, 1]));
    expect(kinds.Account.spec.safeParse({ quotas })).toMatchObject({ success: true, data: { quotas } });
    expect(kinds.Account.spec.safeParse({ quotas: { gadgets: 1 } }).success).toBe(false);
  });
});

describe("the server name of a private integration", () => {
  const specWith = (serverNameToVerify: string) =>
    kinds.Api.spec.safeParse({
      name: "a",
      protocolType: "HTTP",
      integrations: {
        i: {
          integrationType: "HTTP_PROXY",
          integrationUri: "https://10.0.0.5/",
          connectionType: "VPC_LINK",
          connectionId: "link",
          tlsConfig: { serverNameToVerify },
        },
      },
    });

  it("is a name: TLS can ask for no address by it", () => {
    expect(specWith("inner.example").error).toBeUndefined();
    for (const address of ["10.0.0.5", "::1", "[::1]"])
      expect(specWith(address).error?.issues).toMatchObject([
        { message: "must be a name, not an IP address" },
      ]);
  });
});

describe("the routing rules of a domain", () => {
  const rule = (priority: number, conditions: readonly object[], stripBasePath = false) => ({
    priority,
    conditions,
    actions: [{ invokeApi: { apiId: "abcdefghij", stage: "prod", stripBasePath } }],
  });
  const spec = (routingMode?: string) =>
    kinds.DomainName.spec.parse({
      basePathMappings: { shop: { restApiId: "abcdefghij" } },
      routingMode,
      routingRules: {
        last: rule(20, []),
        first: rule(
          10,
          [
            { matchBasePaths: { anyOf: ["a", "/a/b/"] } },
            { matchHeaders: { anyOf: [{ header: "X-Version", valueGlob: "beta*" }] } },
          ],
          true,
        ),
      },
    });
  const delivered = (routingMode?: string) => {
    const delivery = kinds.DomainName.delivery as Extract<
      typeof kinds.DomainName.delivery,
      { within: "itself" }
    >;
    return delivery.contentOf("", { apiId: "", id: "a.example", spec: spec(routingMode) });
  };
  const headers = [[{ name: "x-version", valueGlob: "beta*" }]];
  const to = { apiId: "abcdefghij", stage: "prod" };
  const rules = [
    { basePath: "a/b", ...to, headers, keepsPath: false, ruleId: "first" },
    { basePath: "a", ...to, headers, keepsPath: false, ruleId: "first" },
    { basePath: "", ...to, headers: [], keepsPath: true, ruleId: "last" },
  ];
  const mappings = [{ basePath: "shop", apiId: "abcdefghij", stage: undefined }];

  it.each([
    [undefined, { mappings }],
    ["BASE_PATH_MAPPING_ONLY", { mappings }],
    ["ROUTING_RULE_THEN_BASE_PATH_MAPPING", { mappings, rules }],
    ["ROUTING_RULE_ONLY", { mappings: [], rules }],
  ])("are delivered by the mode %s", (mode, content) => {
    expect(delivered(mode)).toEqual({ domainName: "a.example", isEdge: true, ...content });
  });

  it("each have their own priority", () => {
    const routingRules = { a: rule(1, []), b: rule(1, []) };
    expect(kinds.DomainName.spec.safeParse({ routingRules }).error?.issues).toMatchObject([
      { path: ["routingRules", "b", "priority"] },
    ]);
  });
});
