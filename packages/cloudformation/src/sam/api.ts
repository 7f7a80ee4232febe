import { shown } from "../shown.ts";
import { addDomain } from "./api-domain.ts";
import { addUsagePlan } from "./api-usage-plan.ts";
import { addAuthorizers, setDefaultAuthorizer, setDefaultKey } from "./authorizers.ts";
import { addCors } from "./cors.ts";
import { addKeyScheme, asOpenApi3, isDefinition, pathsOf } from "./definition-editor.ts";
import { addEndpoint } from "./definition-endpoint.ts";
import { bucketOf } from "./definition-location.ts";
import { definedIn, passedTo } from "./known-properties.ts";
import { hashOf, logicalIdOf } from "./logical-id.ts";
import { isNode, memberOf, type Node, nodeOf, present, textOf } from "./node.ts";
import { addCustomStatements, addResourcePolicy } from "./resource-policy.ts";
import { fail, passedOn, type SamContext, type SamResource } from "./sam-context.ts";

const AUTH_MEMBERS = [
  "Authorizers",
  "DefaultAuthorizer",
  "InvokeRole",
  "AddDefaultAuthorizerToCorsPreflight",
  "AddApiKeyRequiredToCorsPreflight",
  "ApiKeyRequired",
  "ResourcePolicy",
  "UsagePlan",
];
const RESPONSE_PLACES = { Headers: "header", Paths: "path", QueryStrings: "querystring" } as const;
const GATEWAY_RESPONSES = "x-amazon-apigateway-gateway-responses";

function addAuth(context: SamContext, api: SamResource, definition: Node): void {
  const auth = nodeOf(api.properties.Auth);
  const { logicalId } = api;
  const unknown = Object.keys(auth).find((name) => !AUTH_MEMBERS.includes(name));
  if (unknown !== undefined)
    return fail(context, logicalId, ["Auth", unknown], `must be one of ${AUTH_MEMBERS.join(", ")}`);
  addAuthorizers(context, logicalId, auth, definition);
  setDefaultAuthorizer(context, logicalId, auth, definition);
  if (auth.ApiKeyRequired === true) {
    addKeyScheme(definition);
    setDefaultKey(auth, definition);
  }
  const policy = auth.ResourcePolicy;
  if (!isNode(policy)) return;
  for (const path of Object.keys(pathsOf(definition)))
    addResourcePolicy(definition, policy, path, api.properties.StageName);
  addCustomStatements(definition, policy.CustomStatements);
}

function addGatewayResponses(context: SamContext, api: SamResource, definition: Node): void {
  for (const [type, given] of Object.entries(nodeOf(api.properties.GatewayResponses))) {
    if (!isNode(given)) {
      fail(context, api.logicalId, ["GatewayResponses", type], "must be an object");
      continue;
    }
    const parameters = nodeOf(given.ResponseParameters);
    const mapped = Object.entries(RESPONSE_PLACES).flatMap(([member, place]) =>
      Object.entries(nodeOf(parameters[member])).map(([name, value]) => [
        `gatewayresponse.${place}.${name}`,
        value,
      ]),
    );
    const templates = nodeOf(given.ResponseTemplates);
    memberOf(definition, GATEWAY_RESPONSES)[type] = present({
      responseParameters: mapped.length > 0 ? Object.fromEntries(mapped) : undefined,
      responseTemplates: Object.keys(templates).length > 0 ? templates : undefined,
      statusCode: given.StatusCode,
    });
  }
}

function addModels(context: SamContext, api: SamResource, definition: Node): void {
  for (const [name, schema] of Object.entries(nodeOf(api.properties.Models)))
    if (!isNode(schema) || schema.type === undefined)
      fail(context, api.logicalId, ["Models", name], "must be a schema with a type");
    else memberOf(definition, "definitions")[name.toLowerCase()] = schema;
}

/** The definition of an API with everything that its properties add. */
function definitionOf(context: SamContext, api: SamResource): unknown {
  const {
    DefinitionBody: definition,
    Cors: cors,
    BinaryMediaTypes: binary,
    OpenApiVersion: version,
  } = api.properties;
  // SAM can change a definition only if it is in the template.
  const defined = definedIn(api.type);
  if (definition === undefined) {
    for (const name of defined)
      if (api.properties[name] !== undefined && api.properties.DefinitionUri !== undefined)
        fail(context, api.logicalId, [name], "works only with a definition in DefinitionBody");
    return undefined;
  }
  if (!isDefinition(definition)) {
    if (defined.some((name) => api.properties[name] !== undefined))
      fail(
        context,
        api.logicalId,
        ["DefinitionBody"],
        "must be a definition: Swagger 2.0 or OpenAPI 3, with paths",
      );
    return definition;
  }
  if (cors) addCors(context, api.logicalId, cors, definition);
  if (isNode(api.properties.Auth)) addAuth(context, api, definition);
  addGatewayResponses(context, api, definition);
  if (Array.isArray(binary) && binary.length > 0)
    definition["x-amazon-apigateway-binary-media-types"] = binary.map((type) =>
      shown(type).replaceAll("~1", "/"),
    );
  addModels(context, api, definition);
  addEndpoint(api, definition);
  asOpenApi3(definition, version);
  return definition;
}

/** How an API can be reached: a type, or a type with its networks. */
function endpointOf(context: SamContext, { logicalId, properties }: SamResource): Node {
  const given = properties.EndpointConfiguration;
  if (given === undefined) return {};
  const { Type: type = given, VPCEndpointIds: old, VpcEndpointIds: ids, IpAddressType: ip } = nodeOf(given);
  if (old !== undefined && ids !== undefined)
    fail(
      context,
      logicalId,
      ["EndpointConfiguration"],
      "VPCEndpointIds and VpcEndpointIds are the same: use one of them",
    );
  return {
    EndpointConfiguration: present({ Types: [type], VpcEndpointIds: old ?? ids, IpAddressType: ip }),
    Parameters: { endpointConfigurationTypes: type },
  };
}

/** The logical id of a stage: from its name if that is alphanumeric, else from a hash of it. */
function stageIdOf({ logicalId, written }: SamResource): string {
  const name = typeof written.StageName === "string" ? written.StageName : "";
  return /^[A-Za-z0-9]+$/.test(name) ? `${logicalId}${name}Stage` : logicalIdOf(`${logicalId}Stage`, name);
}

const tagList = (tags: unknown): readonly Node[] | undefined =>
  isNode(tags) ? Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) : undefined;

/** Types that get an API's tags if those are passed on. */
const TAGGED = new Set([
  "AWS::ApiGateway::RestApi",
  "AWS::ApiGateway::Stage",
  "AWS::ApiGateway::UsagePlan",
  "AWS::ApiGateway::ApiKey",
  "AWS::ApiGateway::DomainName",
  "AWS::ApiGateway::DomainNameV2",
  "AWS::ApiGateway::DomainNameAccessAssociation",
]);

/** Passes an API's tags on to the resources made from it, if required. */
function tagging(context: SamContext, { properties }: SamResource): SamContext {
  const tags = properties.PropagateTags === true ? tagList(properties.Tags) : undefined;
  if (!tags || tags.length === 0) return context;
  return {
    ...context,
    put(logicalId, resource, origin) {
      const isTagged = TAGGED.has(shown(resource.Type));
      const tagged = { ...resource, Properties: { ...nodeOf(resource.Properties), Tags: tags } };
      context.put(logicalId, isTagged ? tagged : resource, origin);
    },
  };
}

/** addApi expands an AWS::Serverless::Api to an API, a deployment named by its content, a stage, and further resources. */
export function addApi(plainContext: SamContext, api: SamResource): void {
  const context = tagging(plainContext, api);
  const { logicalId, properties, attributes } = api;
  if (properties.StageName === undefined) fail(context, logicalId, [], "StageName is missing");
  if (properties.DefinitionUri !== undefined && properties.DefinitionBody !== undefined)
    fail(context, logicalId, ["DefinitionUri"], "must not be set together with DefinitionBody");
  const location = bucketOf(context, api);
  const body = definitionOf(context, api);
  context.put(
    logicalId,
    {
      ...attributes,
      Type: "AWS::ApiGateway::RestApi",
      Properties: present({
        ...passedTo("AWS::ApiGateway::RestApi", api.type, properties),
        ...endpointOf(context, api),
        BodyS3Location: location,
        Body: body,
      }),
    },
    logicalId,
  );
  const stageId = stageIdOf(api);
  addDeployment(context, api, stageId, [body ?? location, properties.OpenApiVersion, properties.Domain]);
  addDomain(context, api, stageId);
  addUsagePlan(context, api, stageId);
}

function addDeployment(
  context: SamContext,
  api: SamResource,
  stageId: string,
  deployed: readonly unknown[],
): void {
  const { logicalId, properties } = api;
  const isAlways = properties.AlwaysDeploy === true;
  const data = isAlways ? shown(Date.now()) : deployed;
  const deploymentId = logicalIdOf(`${logicalId}Deployment`, data);
  const shared = passedOn(api);
  context.put(
    deploymentId,
    {
      Type: "AWS::ApiGateway::Deployment",
      ...shared,
      Properties: present({
        Description: `RestApi deployment id: ${hashOf(data)}`,
        RestApiId: { Ref: logicalId },
        StageName: properties.OpenApiVersion === undefined ? "Stage" : undefined,
      }),
    },
    logicalId,
  );
  context.put(
    stageId,
    {
      Type: "AWS::ApiGateway::Stage",
      ...shared,
      Properties: present({
        RestApiId: { Ref: logicalId },
        DeploymentId: { Ref: deploymentId },
        StageName: textOf(properties.StageName) ?? properties.StageName,
        ...passedTo("AWS::ApiGateway::Stage", api.type, properties),
        Tags: tagList(properties.Tags),
      }),
    },
    logicalId,
  );
  context.aliases.set(`${logicalId}.Stage`, stageId);
  context.aliases.set(`${logicalId}.Deployment`, deploymentId);
}
