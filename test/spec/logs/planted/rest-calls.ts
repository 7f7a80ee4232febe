import { ACCESS_LOG_VARIABLES } from "@tollgate/config";
import { tokenAuthorizer } from "../../../kit/functions.ts";
import { mock, proxy } from "../../../kit/rest-api.ts";
import type { GatewayApart } from "./gateway.ts";
import { PLACES, type PlantedSecret, secretOf } from "./places.ts";

const PATHS = ["/passed", "/mocked", "/away", "/checked", "/guarded", "/authorized", "/missing"] as const;
/** OPERATORS are what operators write into values of the config that anybody who may read the config is shown: AWS shows them, too. */
export const OPERATORS = { variable: "planted5stagevariable", header: "planted5integrationheader" };
/** What an authorizer returns. */
const RETURNED = "planted5returnedbyanauthorizersecret";

/** authorize is an authorizer that returns a secret of its caller. */
export const authorize = ({ methodArn }: { readonly methodArn: string }): object => ({
  principalId: "ada",
  policyDocument: {
    Version: "2012-10-17",
    Statement: [{ Action: "execute-api:Invoke", Effect: "Allow", Resource: methodArn }],
  },
  context: { accessToken: RETURNED, plan: "gold" },
});

/** accessLog is the settings of an access log with all variables of a protocol, in a group. */
export const accessLog = (protocol: "REST" | "WEBSOCKET", group: string): object => ({
  destinationArn: `arn:aws:logs:us-east-1:000000000000:log-group:${group}`,
  format: [...ACCESS_LOG_VARIABLES]
    .flatMap(([name, of]) => (of.includes(protocol) ? [`$context.${name}`] : []))
    .concat("$context.authorizer.accessToken")
    .join(" "),
});

/** RestCalls are what calls to REST APIs had, and what they got. */
export interface RestCalls {
  readonly count: number;
  /** By the level of their execution log. */
  readonly apis: Readonly<Record<string, string>>;
  /** Those that the gateway makes. */
  readonly responses: readonly string[];
}

/** REST_SECRETS are what callRestApis sends. */
export const REST_SECRETS: readonly PlantedSecret[] = [
  ...Object.keys(PLACES).flatMap((place) =>
    PATHS.map((path) => [`${place}, ${path}`, secretOf(place, path)] as const),
  ),
  ["a result of an authorizer", RETURNED],
];

async function deploy(gateway: GatewayApart, upstream: string, group: string, loggingLevel: string) {
  const credentials = {
    "integration.request.header.X-Backend": "stageVariables.apiKey",
    "integration.request.header.Authorization": `'Basic ${OPERATORS.header}'`,
  };
  const { integration } = proxy(upstream) as { integration: object };
  const own = { "integration.request.header.X-Own": "context.authorizer.accessToken" };
  return gateway.deploy(
    {
      "POST /passed": { integration: { ...integration, httpMethod: "POST", requestParameters: credentials } },
      "POST /mocked": mock("fine"),
      "POST /away": proxy("http://127.0.0.1:1/away"),
      "POST /checked": {
        ...mock("fine"),
        requestValidatorId: "all",
        requestParameters: { "method.request.querystring.needed": true },
      },
      "POST /guarded": { ...mock("fine"), apiKeyRequired: true },
      "POST /authorized": {
        integration: { ...integration, httpMethod: "POST", requestParameters: own },
        authorizationType: "CUSTOM",
        authorizerId: "who",
      },
    },
    {
      definitions: [
        { kind: "RequestValidator", id: "all", spec: { name: "all", validateRequestParameters: true } },
        tokenAuthorizer("who"),
      ],
      stage: {
        accessLogSettings: accessLog("REST", group),
        tracingEnabled: true,
        variables: { apiKey: OPERATORS.variable },
        methodSettings: { "*/*": { loggingLevel, dataTraceEnabled: true, metricsEnabled: true } },
      },
    },
  );
}

/** callRestApis calls APIs with a secret in each place, on each way that a call can take. */
export async function callRestApis(
  gateway: GatewayApart,
  upstream: string,
  group: string,
): Promise<RestCalls> {
  const apis: Record<string, string> = {};
  const responses: string[] = [];
  let count = 0;
  for (const level of ["INFO", "ERROR"]) apis[level] = await deploy(gateway, upstream, group, level);
  for (const apiId of Object.values(apis))
    for (const [place, plant] of Object.entries(PLACES))
      for (const path of PATHS) {
        const { headers = {}, query = "", body } = plant(secretOf(place, path));
        const response = await gateway.invoke(apiId, `${path}?${query}`, {
          method: "POST",
          headers: {
            ...headers,
            "X-Amzn-Trace-Id": `Root=1-${Math.trunc(Date.now() / 1_000).toString(16)}-${String(++count).padStart(24, "0")};Sampled=1`,
          },
          body: body ?? "plain",
        });
        // What an upstream responds is the caller's.
        if (path !== "/passed" && path !== "/authorized")
          responses.push(
            `${response.status} ${JSON.stringify(response.headers)} ${response.body.toString()}`,
          );
      }
  return { count, apis, responses };
}
