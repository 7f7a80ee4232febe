import { member } from "../member.ts";
import type { Findings } from "../findings.ts";
import { nodeOf, type Node } from "./node.ts";
import { shown } from "../shown.ts";

/** What SAM's own resources and events can have (AWS SAM resource and property reference). */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  "AWS::Serverless::Api": [
    ...[
      "AccessLogSetting",
      "AlwaysDeploy",
      "ApiKeySourceType",
      "Auth",
      "BinaryMediaTypes",
      "CacheClusterEnabled",
    ],
    ...["CacheClusterSize", "CanarySetting", "Cors", "DefinitionBody", "DefinitionUri", "Description"],
    ...[
      "DisableExecuteApiEndpoint",
      "Domain",
      "EndpointAccessMode",
      "EndpointConfiguration",
      "FailOnWarnings",
    ],
    ...[
      "GatewayResponses",
      "MergeDefinitions",
      "MethodSettings",
      "MinimumCompressionSize",
      "Mode",
      "Models",
      "Name",
    ],
    ...["OpenApiVersion", "Policy", "PropagateTags", "SecurityPolicy", "StageName", "Tags", "TracingEnabled"],
    ...["Variables", "__MANAGE_SWAGGER"],
  ],
  "AWS::Serverless::HttpApi": [
    ...[
      "AccessLogSettings",
      "Auth",
      "CorsConfiguration",
      "DefaultRouteSettings",
      "DefinitionBody",
      "DefinitionUri",
    ],
    ...["Description", "DisableExecuteApiEndpoint", "Domain", "FailOnWarnings", "Name", "PropagateTags"],
    ...["RouteSettings", "StageName", "StageVariables", "Tags", "__MANAGE_SWAGGER"],
  ],
  "AWS::Serverless::WebSocketApi": [
    ...["AccessLogSettings", "ApiKeySelectionExpression", "Auth", "DefaultRouteSettings", "Description"],
    ...[
      "DisableExecuteApiEndpoint",
      "DisableSchemaValidation",
      "Domain",
      "FailOnWarnings",
      "IpAddressType",
      "Name",
    ],
    ...[
      "PropagateTags",
      "RouteSelectionExpression",
      "RouteSettings",
      "Routes",
      "StageName",
      "StageVariables",
      "Tags",
    ],
  ],
  Api: [
    ...[
      "Auth",
      "Method",
      "Path",
      "RequestModel",
      "RequestParameters",
      "ResponseTransferMode",
      "RestApiId",
      "Stage",
    ],
    ...["TimeoutInMillis", "UnescapeMappingTemplate"],
  ],
  HttpApi: [
    "ApiId",
    "Auth",
    "Method",
    "Path",
    "PayloadFormatVersion",
    "RouteSettings",
    "Stage",
    "TimeoutInMillis",
  ],
};

/** checkProperties tells of properties that a resource, or an event of one, cannot have. */
export function checkProperties(findings: Findings, logicalId: string, type: string, properties: Node): void {
  const at = ["Resources", logicalId, "Properties"];
  const check = (of: string, given: Node, place: readonly string[]) => {
    const known = member(KNOWN, of);
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
