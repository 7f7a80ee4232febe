import { functionUri } from "../kit/functions.ts";
import { httpApiSpec, toUrl } from "../kit/http-api.ts";
import { startIdentityProvider } from "../kit/identity-provider.ts";
import { lambda, mock, proxy, resourceOf } from "../kit/rest-api.ts";
import { signed } from "../kit/signed.ts";
import { signerOf, userOf } from "../kit/user.ts";
import { median, round } from "./cpu.ts";
import { usOfCall } from "./cpu-of-calls.ts";
import { type OneNode, startOneNode } from "./one-node.ts";
import type { MeasuredReport } from "./report.ts";
import { startNginx } from "./rivals.ts";
import { inTurns, type Turns, type Way } from "./turns.ts";
import { requestLines, type WrkRequest, wrkScripts } from "./wrk-script.ts";

const API = "features01";
const HTTP_API = "features02";
const VALUE = "the-key-of-the-load-scenario";
const SIGNER = signerOf("load");
const MANY = { rateLimit: 1_000_000, burstLimit: 1_000_000 };

const RESPONSE = "x".repeat(300);
/** About 1 KB of JSON. */
const ONE_KB = JSON.stringify({
  owner: "Ada",
  pets: Array.from({ length: 17 }, (_, i) => ({
    id: i,
    name: `pet number ${i}`,
    kind: i % 2 ? "dog" : "cat",
    price: 10.5 + i,
  })),
});
const REQUEST_TEMPLATE = `#set($r = $input.path('$')){"owner": "$r.owner", "stage": "$context.stage", "pets": [#foreach($p in $r.pets){"id": $p.id, "name": "$p.name", "price": $p.price}#if($foreach.hasNext),#end#end]}`;
const RESPONSE_TEMPLATE = `#set($r = $input.path('$')){"by": "$r.owner", "count": $r.pets.size(), "names": [#foreach($p in $r.pets)"$util.escapeJavaScript($p.name)"#if($foreach.hasNext),#end#end]}`;

/** What an Invoke endpoint returns: nginx in its place costs as little as can be. */
const POLICY = {
  principalId: "user",
  policyDocument: {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "execute-api:Invoke", Resource: "*" }],
  },
};
const SERVED = `default_type application/json;
  location ~ authorizer { return 200 '${JSON.stringify(POLICY)}'; }
  location ~ answer { return 200 '${JSON.stringify({ statusCode: 200, body: RESPONSE })}'; }
  location /json { return 200 '${ONE_KB}'; }
  location / { return 200 '${RESPONSE}'; }`;

/** The methods of the REST API by path; of those with a body, POST. */
const methodsOf = (upstream: string): Readonly<Record<string, object>> => ({
  bare: { GET: proxy(`${upstream}/`) },
  keyed: { GET: { apiKeyRequired: true, ...proxy(`${upstream}/`) } },
  token: { GET: { authorizationType: "CUSTOM", authorizerId: "auth", ...proxy(`${upstream}/`) } },
  signed: { GET: { authorizationType: "AWS_IAM", ...proxy(`${upstream}/`) } },
  throttled: { GET: proxy(`${upstream}/`) },
  cached: { GET: proxy(`${upstream}/`) },
  mock: { GET: mock(RESPONSE) },
  function: { GET: lambda("answer") },
  posted: { POST: proxy(`${upstream}/json`) },
  templated: {
    POST: {
      integration: {
        type: "HTTP",
        httpMethod: "POST",
        uri: `${upstream}/json`,
        requestTemplates: { "application/json": REQUEST_TEMPLATE },
        integrationResponses: { "200": { responseTemplates: { "application/json": RESPONSE_TEMPLATE } } },
      },
    },
  },
});

const STAGE = {
  cacheClusterEnabled: true,
  methodSettings: {
    "throttled/GET": { throttlingRateLimit: MANY.rateLimit, throttlingBurstLimit: MANY.burstLimit },
    "cached/GET": { cachingEnabled: true },
  },
};

async function configure({ cluster }: OneNode, upstream: string, issuer: string): Promise<void> {
  const integration = toUrl(`${upstream}/`);
  await cluster.apply([
    { kind: "RestApi", id: API, spec: { name: "load" } },
    { kind: "ServiceEndpoint", id: "lambda.us-east-1", spec: { url: upstream } },
    {
      kind: "Authorizer",
      apiId: API,
      id: "auth",
      spec: { type: "TOKEN", name: "auth", authorizerUri: functionUri("authorizer") },
    },
    userOf("load", SIGNER, [{ Effect: "Allow", Action: "execute-api:Invoke", Resource: "*" }]),
    ...Object.entries(methodsOf(upstream)).map(([path, methods]) =>
      resourceOf(API, path, `/${path}`, methods as Record<string, Record<string, unknown>>),
    ),
    {
      kind: "Api",
      id: HTTP_API,
      spec: httpApiSpec({
        api: {
          authorizers: {
            jwt: {
              authorizerType: "JWT",
              name: "jwt",
              identitySource: ["$request.header.Authorization"],
              jwtConfiguration: { issuer, audience: ["tollgate"] },
            },
          },
        },
        routes: {
          "GET /bare": { integration },
          "GET /jwt": { integration, authorizationType: "JWT", authorizerId: "jwt" },
        },
      }),
    },
    { kind: "ApiStage", apiId: HTTP_API, id: "prod", spec: { autoDeploy: true } },
  ]);
  const { deployment } = await cluster.deployments.createDeployment({ apiId: API });
  const { revision } = await cluster.apply([
    { kind: "Stage", apiId: API, id: "prod", spec: { deploymentId: deployment?.id, ...STAGE } },
    {
      kind: "UsagePlan",
      id: "load",
      spec: {
        name: "load",
        apiStages: [{ apiId: API, stage: "prod" }],
        throttle: MANY,
        quota: { limit: 1_000_000_000, period: "DAY" },
      },
    },
    { kind: "ApiKey", id: "load", spec: { enabled: true, value: VALUE, usagePlanIds: ["load"] } },
  ]);
  await cluster.waitApplied(revision);
}

/** The way of each path. */
function waysOf(
  scope: AsyncDisposableStack,
  { pids, url }: OneNode,
  tokenOf: () => Promise<string>,
): Readonly<Record<string, Way>> {
  const write = wrkScripts(scope);
  const way =
    (path: string, requestOf: () => WrkRequest | Promise<WrkRequest> = () => ({}), apiId = API): Way =>
    async (seconds) => {
      // Signatures and tokens are valid for some minutes only.
      const script = write(requestLines(await requestOf()));
      return usOfCall(pids, { url: `${url(apiId, "prod")}/${path}`, script }, seconds);
    };
  const json: WrkRequest = { method: "POST", headers: ["Content-Type", "application/json"], body: ONE_KB };
  const ownPath = new URL(`${url(API, "prod")}/signed`).pathname;
  return {
    bare: way("bare"),
    keyed: way("keyed", () => ({ headers: ["x-api-key", VALUE] })),
    token: way("token", () => ({ headers: ["Authorization", "allow"] })),
    signed: way("signed", () => ({ headers: signed(SIGNER, ownPath).headers as readonly string[] })),
    throttled: way("throttled"),
    cached: way("cached"),
    mock: way("mock"),
    function: way("function"),
    posted: way("posted", () => json),
    templated: way("templated", () => json),
    http_bare: way("bare", undefined, HTTP_API),
    jwt: way("jwt", async () => ({ headers: ["Authorization", `Bearer ${await tokenOf()}`] }), HTTP_API),
  };
}

/** features measures what each feature costs a call of a whole node, against the same call without it, in turns of one run. */
export async function features(turns: Turns): Promise<MeasuredReport<"features">> {
  await using scope = new AsyncDisposableStack();
  const upstream = scope.use(await startNginx(SERVED));
  const provider = scope.use(await startIdentityProvider());
  const tollgate = await startOneNode(scope);
  await configure(tollgate, upstream.url, provider.issuer);
  const ways = waysOf(scope, tollgate, () => provider.token());
  const rounds = await inTurns(ways, turns);
  const vsBare = (name: string) => rounds.ratio(name, "bare");
  return {
    figures: rounds.medians("us_per_call"),
    ratios: { throttled_vs_bare: round(median(vsBare("throttled"))) },
    measured: {
      keyed_vs_bare: vsBare("keyed"),
      token_vs_bare: vsBare("token"),
      jwt_vs_bare: rounds.ratio("jwt", "http_bare"),
      signed_vs_bare: vsBare("signed"),
      templated_vs_bare: rounds.ratio("templated", "posted"),
      cached_vs_bare: vsBare("cached"),
      mock_vs_bare: vsBare("mock"),
      function_vs_bare: vsBare("function"),
    },
  };
}
