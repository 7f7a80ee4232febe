import { shown } from "../shown.ts";
import { passedTo, picked } from "./known-properties.ts";
import { isNode, type Node, nodeOf, present } from "./node.ts";
import { fail, passedOn, type SamContext, type SamResource } from "./sam-context.ts";
import { addV2Domain } from "./v2-domain.ts";

const TAG = "websocketapi:createdBy";
const DEFAULT_STAGE = "default";
const SPECIAL = ["$connect", "$disconnect", "$default"];
/** Properties of a route that are passed on unchanged. */
const ROUTE_PROPERTIES = [
  "ApiKeyRequired",
  "ModelSelectionExpression",
  "OperationName",
  "RequestModels",
  "RequestParameters",
  "RouteResponseSelectionExpression",
];
const AUTH_TYPES = ["AWS_IAM", "CUSTOM", "NONE"];

/** The name of a route in the logical ids of its resources; undefined: SAM does not allow the route. */
function routeName(key: string): string | undefined {
  const plain = SPECIAL.includes(key) ? key.slice(1) : key;
  if (!/^[A-Za-z0-9]+$/.test(plain)) return undefined;
  return `${plain[0]?.toUpperCase()}${plain.slice(1).toLowerCase()}`;
}

const invocation = (name: string, arn: unknown): Node => ({
  "Fn::Sub": [
    `arn:\${AWS::Partition}:apigateway:\${AWS::Region}:lambda:path/2015-03-31/functions/\${${name}}/invocations`,
    { [name]: arn },
  ],
});

/** The authorization of the route $connect. */
function authorizationOf(context: SamContext, { logicalId, properties }: SamResource): Node {
  const { Auth: auth } = properties;
  if (!isNode(auth)) return {};
  const type = shown(auth.AuthType);
  if (!AUTH_TYPES.includes(type)) {
    fail(context, logicalId, ["Auth", "AuthType"], `must be one of ${AUTH_TYPES.join(", ")}`);
    return {};
  }
  if (type !== "CUSTOM") return { AuthorizationType: type };
  if (auth.AuthArn === undefined) fail(context, logicalId, ["Auth"], "AuthArn is missing");
  return { AuthorizationType: type, AuthorizerId: { Ref: `${logicalId}ConnectAuthorizer` } };
}

function addAuthorizer(context: SamContext, api: SamResource): void {
  const { logicalId, properties } = api;
  const auth = nodeOf(properties.Auth);
  if (auth.AuthType !== "CUSTOM") return;
  const id = `${logicalId}ConnectAuthorizer`;
  context.put(
    id,
    {
      ...passedOn(api),
      Type: "AWS::ApiGatewayV2::Authorizer",
      Properties: present({
        ApiId: { Ref: logicalId },
        AuthorizerCredentialsArn: auth.InvokeRole,
        AuthorizerType: "REQUEST",
        AuthorizerUri: auth.AuthArn === undefined ? undefined : invocation("AuthArn", auth.AuthArn),
        IdentitySource: auth.IdentitySource,
        Name: auth.Name || id,
      }),
    },
    logicalId,
  );
}

function addRoute(context: SamContext, api: SamResource, key: string, given: Node): string | undefined {
  const { logicalId } = api;
  const name = routeName(key);
  if (name === undefined) {
    fail(context, logicalId, ["Routes", key], `must be letters and digits, or one of ${SPECIAL.join(", ")}`);
    return undefined;
  }
  if (given.FunctionArn === undefined) fail(context, logicalId, ["Routes", key], "FunctionArn is missing");
  if (given.RequestParameters && key !== "$connect")
    fail(context, logicalId, ["Routes", key, "RequestParameters"], "are for $connect only");
  const shared = passedOn(api);
  const [routeId, integrationId] = [`${logicalId}${name}Route`, `${logicalId}${name}Integration`];
  context.put(
    routeId,
    {
      ...shared,
      Type: "AWS::ApiGatewayV2::Route",
      Properties: present({
        RouteKey: key,
        ApiId: { Ref: logicalId },
        ...picked(given, ROUTE_PROPERTIES),
        Target: { "Fn::Join": ["/", ["integrations", { Ref: integrationId }]] },
        ...(key === "$connect" ? authorizationOf(context, api) : {}),
      }),
    },
    logicalId,
  );
  context.put(
    integrationId,
    {
      ...shared,
      Type: "AWS::ApiGatewayV2::Integration",
      Properties: present({
        ApiId: { Ref: logicalId },
        IntegrationType: "AWS_PROXY",
        IntegrationUri: invocation("FunctionArn", given.FunctionArn),
        TimeoutInMillis: given.IntegrationTimeout,
      }),
    },
    logicalId,
  );
  return routeId;
}

/** addWebSocketApi expands an AWS::Serverless::WebSocketApi. */
export function addWebSocketApi(context: SamContext, api: SamResource): void {
  const { logicalId, properties, attributes } = api;
  const routes = nodeOf(properties.Routes);
  if (Object.keys(routes).length === 0) fail(context, logicalId, ["Routes"], "must have at least one route");
  if (isNode(properties.Auth) && !("$connect" in routes))
    fail(context, logicalId, ["Auth"], "applies to connecting: there must be a route $connect");
  const isPropagated = properties.PropagateTags === true && isNode(properties.Tags);
  const tags = { ...nodeOf(properties.Tags), [TAG]: "SAM" };
  context.put(
    logicalId,
    {
      ...attributes,
      Type: "AWS::ApiGatewayV2::Api",
      Properties: present({
        ...passedTo("AWS::ApiGatewayV2::Api", api.type, properties),
        Name: properties.Name ?? logicalId,
        Tags: tags,
        ProtocolType: "WEBSOCKET",
      }),
    },
    logicalId,
  );
  const routeIds = Object.entries(routes).flatMap(
    ([key, route]) => addRoute(context, api, key, nodeOf(route)) ?? [],
  );
  addAuthorizer(context, api);
  const name = properties.StageName ?? DEFAULT_STAGE;
  if (name === "$default")
    fail(context, logicalId, ["StageName"], "stages of WebSocket APIs cannot be called $default");
  const written = typeof api.written.StageName === "string" ? api.written.StageName : "";
  const stageId =
    api.written.StageName === undefined ? `${logicalId}DefaultStage` : `${logicalId}${written}Stage`;
  const said = isPropagated ? tags : { [TAG]: "SAM" };
  context.put(
    stageId,
    {
      ...passedOn(api),
      ...(isNode(properties.RouteSettings) ? { DependsOn: routeIds } : {}),
      Type: "AWS::ApiGatewayV2::Stage",
      Properties: present({
        ApiId: { Ref: logicalId },
        StageName: name,
        ...passedTo("AWS::ApiGatewayV2::Stage", api.type, properties),
        Tags: said,
        AutoDeploy: true,
      }),
    },
    logicalId,
  );
  addV2Domain(context, api, stageId, said);
  context.aliases.set(`${logicalId}.Stage`, stageId);
}
