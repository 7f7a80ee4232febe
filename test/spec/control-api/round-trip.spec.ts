import { describe, expect, it } from "vitest";
import { type Kind, kindRule, kinds } from "@tollgate/config";
import { startBoto } from "../../kit/boto.ts";
import { callsTo } from "../../kit/calls.ts";
import { selfSigned } from "../../kit/certificate.ts";
import { tollgate } from "../../kit/cli.ts";
import { functionUri } from "../../kit/functions.ts";
import { type Gateway, startGateway } from "../../kit/gateway.ts";
import { httpApiSpec, toUrl } from "../../kit/http-api.ts";
import { until } from "../../kit/process.ts";
import { mock } from "../../kit/rest-api.ts";
import { useGateway, useScope } from "../../kit/use.ts";

const gateway = useGateway();
const scope = useScope();

const ARN = "arn:aws:iam::000000000000:policy/read";
const policy = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "apigateway:GET", Resource: "*" }],
};
const trust = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { AWS: "000000000000" }, Action: "sts:AssumeRole" }],
};

/** A WebSocket API with each of its parts. */
const webSocketApi = {
  protocolType: "WEBSOCKET",
  name: "chat",
  description: "talk",
  version: "7",
  routeSelectionExpression: "${request.body.action}",
  apiKeySelectionExpression: "$context.authorizer.usageIdentifierKey",
  disableExecuteApiEndpoint: true,
  tags: { team: "a" },
  authorizers: {
    who: {
      authorizerType: "REQUEST",
      name: "who",
      authorizerUri: functionUri("who"),
      identitySource: ["route.request.header.Authorization"],
    },
  },
  models: { line: { schema: '{"type":"object"}', contentType: "application/json", description: "a line" } },
  integrations: {
    out: toUrl("http://chat/${stageVariables.table}", {
      integrationType: "HTTP",
      integrationMethod: "POST",
      connectionType: "VPC_LINK",
      connectionId: "link",
      payloadFormatVersion: "1.0",
      requestParameters: { "integration.request.header.x-id": "context.connectionId" },
      requestTemplates: { line: "$input.body" },
      templateSelectionExpression: "line",
      passthroughBehavior: "NEVER",
      timeoutInMillis: 5_000,
      integrationResponses: {
        any: { integrationResponseKey: "$default", responseTemplates: { $default: "$input.body" } },
      },
    }),
  },
  routes: {
    connect: {
      routeKey: "$connect",
      authorizationType: "CUSTOM",
      authorizerId: "who",
      apiKeyRequired: true,
      target: "integrations/out",
    },
    say: {
      routeKey: "say",
      operationName: "Say",
      target: "integrations/out",
      modelSelectionExpression: "$request.body.action",
      requestModels: { say: "line" },
      routeResponseSelectionExpression: "$default",
      routeResponses: { back: { routeResponseKey: "$default", responseModels: { $default: "line" } } },
    },
  },
};

/** Something of every kind there is. */
/** They are about stages and keys, which are made again elsewhere. */
const OF_STAGES_AND_KEYS = new Set(["UsagePlan", "ApiKey", "Product", "Customer", "Subscription"]);

async function makeEverything(): Promise<string> {
  const apiId = await gateway.deploy({ "GET /pets": mock("x") });
  const within = (kind: string, id: string, spec: object) => ({ kind, apiId, id, spec });
  await gateway.apply([
    {
      kind: "Account",
      spec: {
        throttleSettings: { rateLimit: 5000, burstLimit: 5000 },
        cloudwatchRoleArn: "arn:aws:iam::000000000000:role/logs",
      },
    },
    { kind: "SamplingRule", id: "pets", spec: { priority: 10, fixedRate: 0.1, serviceName: "pets/*" } },
    {
      kind: "UsageSink",
      id: "stripe",
      spec: { stripe: {}, meters: [{ meter: "rest.request", name: "calls" }] },
    },
    { kind: "NotificationTarget", id: "oncall", spec: { email: { to: ["oncall@example.com"] } } },
    {
      kind: "Alarm",
      id: "pets/many errors",
      spec: {
        namespace: "AWS/ApiGateway",
        metricName: "5XXError",
        statistic: "Sum",
        period: 60,
        evaluationPeriods: 1,
        threshold: 5,
        comparisonOperator: "GreaterThanThreshold",
        alarmActions: ["arn:aws:tollgate:us-east-1:000000000000:notification-target/oncall"],
      },
    },
    { kind: "CompositeAlarm", id: "pets", spec: { alarmRule: 'ALARM("pets/many errors")' } },
    { kind: "ServiceEndpoint", id: "lambda.*", spec: { url: "http://127.0.0.1:1" } },
    { kind: "VpcEndpoint", id: "vpce-1a", spec: { vpcId: "vpc-1" } },
    { kind: "VpcLink", id: "link", spec: { name: "l", targets: ["http://127.0.0.1:1"] } },
    { kind: "IpSet", id: "office", spec: { ipAddressVersion: "IPV4", addresses: ["192.0.2.0/24"] } },
    { kind: "RegexPatternSet", id: "bots", spec: { regularExpressions: ["bot$"] } },
    { kind: "RuleGroup", id: "rules", spec: { rules: [] } },
    {
      kind: "WebAcl",
      id: "shield",
      spec: {
        defaultAction: { block: {} },
        rules: [
          {
            name: "office",
            priority: 1,
            statement: { ipSetReferenceStatement: { arn: "office" } },
            action: { allow: {} },
          },
        ],
      },
    },
    { kind: "UsagePlan", id: "plan", spec: { name: "p", apiStages: [{ apiId, stage: "prod" }] } },
    { kind: "ApiKey", id: "key", spec: { name: "k", enabled: true, usagePlanIds: ["plan"] } },
    {
      kind: "PricePlan",
      id: "prices",
      spec: {
        currency: "EUR",
        versions: [
          { from: "2026-01-01", prices: [{ id: "base", name: "b", model: "FEE", amount: "49.00" }] },
        ],
      },
    },
    { kind: "Product", id: "product", spec: { name: "p", usagePlanIds: ["plan"], pricePlanId: "prices" } },
    { kind: "Customer", id: "acme", spec: { name: "a", apiKeyIds: ["key"] } },
    { kind: "Seller", spec: { name: "s", address: { country: "DE" } } },
    {
      kind: "Subscription",
      id: "acme-product",
      spec: { customerId: "acme", productId: "product", startAt: "2026-01-01" },
    },
    { kind: "DomainName", id: "rt.example.com", spec: { endpointConfiguration: { types: ["PRIVATE"] } } },
    {
      kind: "DomainNameAccessAssociation",
      id: "assoc",
      spec: {
        domainName: "rt.example.com",
        accessAssociationSourceType: "VPCE",
        accessAssociationSource: "vpce-1",
      },
    },
    { kind: "ManagedPolicy", id: "read", spec: { versions: { v1: { document: policy } } } },
    { kind: "Group", id: "team", spec: { managedPolicyArns: [ARN] } },
    { kind: "User", id: "ada", spec: { groups: ["team"], accessKeys: { AKIAROUNDTRIP0000000: {} } } },
    { kind: "Role", id: "job", spec: { assumeRolePolicyDocument: trust, policies: { own: policy } } },
    {
      kind: "OpenIdConnectProvider",
      id: "idp.example.com",
      spec: { url: "https://idp.example.com", clientIds: ["a"] },
    },
    { kind: "RootAccessKey", id: "AKIAROOTROUNDTRIP000", spec: {} },
    {
      kind: "AcmeAccount",
      id: "0123456789abcdef",
      spec: { directoryUrl: "https://acme.example.com/directory" },
    },
    {
      kind: "CertificateRequest",
      id: "requested",
      spec: { names: ["requested.example.com"], authority: "INTERNAL" },
    },
    { kind: "Stack", id: "shop", spec: { outputs: { Url: { value: "https://a.example" } } } },
    {
      kind: "Api",
      id: "roundtrip1",
      spec: httpApiSpec({
        routes: {
          "GET /pets/{id}": {
            integration: toUrl("http://pets/{id}", { connectionType: "VPC_LINK", connectionId: "link" }),
          },
        },
        api: { corsConfiguration: { allowOrigins: ["*"] }, tags: { team: "a" } },
      }),
    },
    { kind: "ApiStage", apiId: "roundtrip1", id: "$default", spec: { autoDeploy: true } },
    { kind: "Api", id: "roundtrip2", spec: webSocketApi },
    {
      kind: "ApiStage",
      apiId: "roundtrip2",
      id: "live",
      spec: {
        autoDeploy: true,
        stageVariables: { table: "t" },
        defaultRouteSettings: { loggingLevel: "INFO", dataTraceEnabled: true, throttlingRateLimit: 5 },
        routeSettings: { $default: { throttlingBurstLimit: 1 } },
      },
    },
    within("Model", "Pet", { schema: '{"type":"object"}' }),
    within("RequestValidator", "val", { name: "v" }),
    within("GatewayResponse", "DEFAULT_4XX", { statusCode: "418" }),
    within("Authorizer", "auth", {
      name: "a",
      type: "COGNITO_USER_POOLS",
      providerARNs: ["arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_A"],
      identitySource: "method.request.header.Authorization",
    }),
    within("DocumentationPart", "part", { location: { type: "API" }, properties: "{}" }),
    within("DocumentationVersion", "1.0", {
      parts: [{ id: "part", location: { type: "METHOD", path: "/pets" }, properties: "{}" }],
    }),
  ]);
  const boto = scope.use(await startBoto(gateway.controlUrl));
  await boto.call("generate_client_certificate");
  const { certificate: Certificate, privateKey: PrivateKey } = await selfSigned("round.example.com");
  await boto.as("acm").call("import_certificate", { Certificate, PrivateKey });
  await until("what was requested is issued", async () => {
    const { entities } = await gateway.config.list({ kind: "Certificate" });
    return entities.some(({ id }) => id === "requested");
  });
  return apiId;
}

/** What control planes write themselves is not taken from elsewhere. */
const withoutKept = (kind: string, specJson: string): string => {
  const kept = new Set<string>(kindRule(kind as Kind).keptMembers);
  const members = Object.entries(JSON.parse(specJson) as object).filter(([name]) => !kept.has(name));
  return JSON.stringify(Object.fromEntries(members));
};

const lineOf = ({
  kind,
  apiId,
  id,
  specJson,
}: {
  kind: string;
  apiId: string;
  id: string;
  specJson: string;
}) => `${kind} ${apiId} ${id} ${withoutKept(kind, specJson)}`;

describe("what is got can be applied", () => {
  it("and changes nothing: every kind, with its secrets left out", async () => {
    await makeEverything();
    const got = await tollgate(["get", "all", "-o", "yaml"], gateway.cliEnv);
    expect(got.stderr).toBe("");
    const present = new Set([...got.stdout.matchAll(/^kind: (\w+)$/gm)].map(([, kind]) => kind));
    expect(present).toEqual(new Set(Object.keys(kinds)));
    expect(got.stdout).not.toMatch(/secretAccessKey|privateKey|accountKey|BEGIN PRIVATE/);
    const before = (await gateway.config.list({})).revision;
    const applied = await tollgate(["apply", "-f", "-", "-o", "json"], gateway.cliEnv, got.stdout);
    expect(applied.stderr).toBe("");
    const { changes } = JSON.parse(applied.stdout) as { changes: { action: string }[] };
    expect(new Set(changes.map(({ action }) => action))).toEqual(new Set(["unchanged"]));
    expect((await gateway.config.list({})).revision).toBe(before);
    const again = await tollgate(["get", "all", "-o", "yaml"], gateway.cliEnv);
    expect(again.stdout).toBe(got.stdout);
    const diff = await tollgate(["diff", "-f", "-"], gateway.cliEnv, got.stdout);
    expect(diff.exitCode).toBe(0);
  });

  it("and so can what a stage of an HTTP or WebSocket API serves, as manifests and as OpenAPI", async () => {
    const cli = async (args: readonly string[], input?: string) => {
      const { exitCode, stdout, stderr } = await tollgate(args, gateway.cliEnv, input);
      expect([args.join(" "), exitCode, stderr]).toEqual([
        args.join(" "),
        0,
        expect.not.stringContaining("error"),
      ]);
      return stdout;
    };
    await makeEverything();
    const manifests = await cli(["export", "roundtrip2", "--stage", "live", "--type", "manifest"]);
    expect(await cli(["diff", "-f", "-"], manifests)).toBe("0 created, 0 updated, 0 deleted, 2 unchanged\n");
    const openApi = (id: string) => cli(["export", id, "--stage", "$default", "--extensions", "apigateway"]);
    const exported = await openApi("roundtrip1");
    await cli(["import", "-", "--http-api", "--api", "roundtrip3"], exported);
    await gateway.apply([
      { kind: "ApiStage", apiId: "roundtrip3", id: "$default", spec: { autoDeploy: true } },
    ]);
    const generated = /(version|x-amazon-apigateway-authorizer-id): .*/g;
    const again = await openApi("roundtrip3");
    const compared = (text: string) =>
      text.replaceAll("roundtrip3", "roundtrip1").replaceAll(generated, "$1");
    expect(compared(again)).toBe(compared(exported));
  });

  it("and created elsewhere it is the same, except for secrets, which are generated again", async () => {
    const apiId = await makeEverything();
    const kept = async (of: Gateway) => {
      const { entities } = await of.config.list({ pageSize: 1000 });
      return entities
        .filter(
          ({ kind, apiId: api }) =>
            kind !== "Deployment" && kind !== "Stage" && (api === "" || api === apiId),
        )
        .filter(({ kind, id }) => kind !== "RestApi" || id === apiId)
        .filter(({ kind }) => !OF_STAGES_AND_KEYS.has(kind))
        .map(lineOf)
        .sort();
    };
    const wanted = await kept(gateway);
    await using other = await startGateway();
    const { entities } = await gateway.config.list({ pageSize: 1000 });
    const chosen = entities.filter((entity) => wanted.includes(lineOf(entity)));
    await other.config.apply({
      entities: chosen.map(({ kind, apiId: api, id, labels, specJson }) => ({
        kind,
        apiId: api,
        id,
        labels,
        specJson,
      })),
    });
    const made = await kept(other);
    expect(made.filter((line) => wanted.includes(line))).toEqual(wanted);
  });
});

describe("many writers and readers at once", () => {
  it("no reader sees half of what one apply wrote", async () => {
    const apiId = await gateway.deploy({ "GET /a": mock("0"), "GET /b": mock("0") });
    let writing = true;
    const pair = (i: number) =>
      gateway.apply(
        ["a", "b"].map((name, n) => ({
          kind: "Resource",
          apiId,
          id: `r${n}`,
          spec: { path: `/${name}`, methods: { GET: mock(String(i)) } },
        })),
      );
    const texts = (specs: readonly { specJson: string }[]) =>
      specs.map(({ specJson }) => /"application\/json":"(\d+)"/.exec(specJson)?.[1]);
    const seen: (string | undefined)[][] = [];
    const read = async () => {
      while (writing) seen.push(texts((await gateway.config.list({ kind: "Resource", apiId })).entities));
    };
    const readers = Promise.all(Array.from({ length: 4 }, read));
    const results = await Promise.all(Array.from({ length: 50 }, (_, i) => pair(i + 1)));
    writing = false;
    await readers;
    expect(new Set(results.map(({ revision }) => revision)).size).toBe(50);
    expect(seen.length).toBeGreaterThan(3);
    expect(seen.filter(([a, b]) => a !== b)).toEqual([]);
  });

  it("no node serves half of it either", async () => {
    const apiId = await gateway.deploy(
      { "GET /a": mock("0"), "GET /b": mock("0") },
      { stage: { autoDeploy: true } },
    );
    // One node: others may apply a change a moment earlier or later.
    const { invoke } = callsTo([gateway.httpPort]);
    let writing = true;
    const broken: string[] = [];
    const read = async () => {
      while (writing) {
        const first = Number((await invoke(apiId, "/a")).body);
        const second = Number((await invoke(apiId, "/b")).body);
        const third = Number((await invoke(apiId, "/a")).body);
        // What is served only goes forward, both paths together.
        if (!(first <= second && second <= third)) broken.push(`${first} ${second} ${third}`);
      }
    };
    const reading = read();
    let last = 0n;
    for (let i = 1; i <= 30; i++)
      last = (
        await gateway.apply(
          ["a", "b"].map((name, n) => ({
            kind: "Resource",
            apiId,
            id: `r${n}`,
            spec: { path: `/${name}`, methods: { GET: mock(String(i)) } },
          })),
        )
      ).revision;
    await gateway.wait(last);
    writing = false;
    await reading;
    expect(broken).toEqual([]);
    expect((await gateway.invoke(apiId, "/b")).body).toBe("30");
  });
});
