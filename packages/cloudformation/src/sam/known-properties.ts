import type { Findings } from "../findings.ts";
import { member } from "../member.ts";
import { shown } from "../shown.ts";
import { type Node, nodeOf } from "./node.ts";

/** KnownType has the properties of one of SAM's types (AWS SAM resource and property reference). */
interface KnownType {
  /** Properties that SAM itself uses. */
  readonly own: readonly string[];
  /** Properties that SAM writes into the definition of the API. */
  readonly defined?: readonly string[];
  /** Properties that are passed on unchanged to the created resources, by their types. */
  readonly passed?: Readonly<Record<string, readonly string[]>>;
}

const V2_STAGE = ["AccessLogSettings", "DefaultRouteSettings", "RouteSettings", "StageVariables"];

/** KNOWN are SAM's types, and the events that are calls. */
export const KNOWN: Readonly<Record<string, KnownType>> = {
  "AWS::Serverless::Api": {
    own: [
      "AlwaysDeploy",
      "DefinitionBody",
      "DefinitionUri",
      "Domain",
      "EndpointConfiguration",
      "MergeDefinitions",
      "OpenApiVersion",
      "PropagateTags",
      "StageName",
      "Tags",
      "__MANAGE_SWAGGER",
    ],
    defined: ["Cors", "Auth", "GatewayResponses", "Models", "DisableExecuteApiEndpoint"],
    passed: {
      "AWS::ApiGateway::RestApi": [
        "ApiKeySourceType",
        "BinaryMediaTypes",
        "Description",
        "EndpointAccessMode",
        "FailOnWarnings",
        "MinimumCompressionSize",
        "Mode",
        "Name",
        "Policy",
        "SecurityPolicy",
      ],
      "AWS::ApiGateway::Stage": [
        "AccessLogSetting",
        "CacheClusterEnabled",
        "CacheClusterSize",
        "CanarySetting",
        "MethodSettings",
        "TracingEnabled",
        "Variables",
      ],
    },
  },
  "AWS::Serverless::HttpApi": {
    own: ["DefinitionBody", "DefinitionUri", "Domain", "PropagateTags", "StageName", "__MANAGE_SWAGGER"],
    defined: ["Auth", "CorsConfiguration", "Description", "DisableExecuteApiEndpoint", "Name", "Tags"],
    passed: { "AWS::ApiGatewayV2::Api": ["FailOnWarnings"], "AWS::ApiGatewayV2::Stage": V2_STAGE },
  },
  "AWS::Serverless::WebSocketApi": {
    own: ["Auth", "Domain", "FailOnWarnings", "Name", "PropagateTags", "Routes", "StageName", "Tags"],
    passed: {
      "AWS::ApiGatewayV2::Api": [
        "ApiKeySelectionExpression",
        "Description",
        "DisableExecuteApiEndpoint",
        "DisableSchemaValidation",
        "IpAddressType",
        "RouteSelectionExpression",
      ],
      "AWS::ApiGatewayV2::Stage": V2_STAGE,
    },
  },
  Api: {
    own: [
      "Auth",
      "Method",
      "Path",
      "RequestModel",
      "RequestParameters",
      "ResponseTransferMode",
      "RestApiId",
      "Stage",
      "TimeoutInMillis",
      "UnescapeMappingTemplate",
    ],
  },
  HttpApi: {
    own: [
      "ApiId",
      "Auth",
      "Method",
      "Path",
      "PayloadFormatVersion",
      "RouteSettings",
      "Stage",
      "TimeoutInMillis",
    ],
  },
};

/** picked are the properties with given names, if they are not empty. */
export const picked = (properties: Node, names: readonly string[]): Node =>
  Object.fromEntries(
    names.flatMap((name) => {
      const value = properties[name];
      return value === undefined || value === null || value === "" ? [] : [[name, value]];
    }),
  );

/** passedTo are the properties of a SAM resource that are passed on to a created resource. */
export const passedTo = (target: string, type: string, properties: Node): Node =>
  picked(properties, member(KNOWN, type)?.passed?.[target] ?? []);

/** definedIn are the properties of a type that SAM writes into the definition of the API. */
export const definedIn = (type: string): readonly string[] => member(KNOWN, type)?.defined ?? [];

/** knownProperties are the names of all properties of a type or an event; undefined: it is unknown. */
export function knownProperties(type: string): readonly string[] | undefined {
  const known = member(KNOWN, type);
  const passed = Object.values(known?.passed ?? {}).flat();
  return known && [...known.own, ...(known.defined ?? []), ...passed].sort();
}

/** checkProperties reports properties that a resource, or an event of one, cannot have. */
export function checkProperties(findings: Findings, logicalId: string, type: string, properties: Node): void {
  const at = ["Resources", logicalId, "Properties"];
  const check = (of: string, given: Node, place: readonly string[]) => {
    const known = knownProperties(of);
    for (const name of known ? Object.keys(given) : [])
      if (!known?.includes(name))
        findings.add(
          "error",
          [...place, name],
          `'${name}' is not a known property: ${of} has ${known?.filter((one) => !one.startsWith("__")).join(", ")}`,
        );
  };
  check(type, properties, at);
  for (const [id, event] of Object.entries(nodeOf(properties.Events))) {
    const { Type: eventType, Properties: given } = nodeOf(event);
    check(shown(eventType), nodeOf(given), [...at, "Events", id, "Properties"]);
  }
}
