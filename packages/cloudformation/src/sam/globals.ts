import type { Findings } from "../findings.ts";
import { shown } from "../shown.ts";
import { knownProperties } from "./known-properties.ts";
import { isNode, type Node, nodeOf } from "./node.ts";

/**
 * Properties that Globals may have, by the types that they are of (SAM: Globals section). Those that do not concern APIs are accepted
 * unchecked.
 */
const SUPPORTED: Readonly<Record<string, readonly string[] | undefined>> = {
  Api: [
    "Auth",
    "Name",
    "DefinitionUri",
    "CacheClusterEnabled",
    "CacheClusterSize",
    "MergeDefinitions",
    "Variables",
    "EndpointConfiguration",
    "MethodSettings",
    "BinaryMediaTypes",
    "MinimumCompressionSize",
    "Cors",
    "GatewayResponses",
    "AccessLogSetting",
    "CanarySetting",
    "TracingEnabled",
    "OpenApiVersion",
    "Domain",
    "AlwaysDeploy",
    "PropagateTags",
    "SecurityPolicy",
    "EndpointAccessMode",
  ],
  HttpApi: [
    "Auth",
    "AccessLogSettings",
    "StageVariables",
    "Tags",
    "CorsConfiguration",
    "DefaultRouteSettings",
    "Domain",
    "RouteSettings",
    "FailOnWarnings",
    "PropagateTags",
  ],
  WebSocketApi: knownProperties("AWS::Serverless::WebSocketApi")?.filter(
    (name) => !["Auth", "Description", "Name", "Routes", "StageName"].includes(name),
  ),
  Function: undefined,
  SimpleTable: undefined,
  StateMachine: undefined,
  LayerVersion: undefined,
  CapacityProvider: undefined,
  MicroVMImage: undefined,
  NetworkConnector: undefined,
};

/** A function is one value, although it is written as an object. */
function isFunction(value: Node): boolean {
  const [name, ...others] = Object.keys(value);
  return others.length === 0 && /^(Ref|Condition|Fn::.+)$/.test(name ?? "");
}

/** Objects are merged member by member and lists are concatenated; otherwise the resource's own value is used. */
function merged(global: unknown, local: unknown): unknown {
  if (isNode(global) && isNode(local) && !isFunction(global) && !isFunction(local)) {
    const names = new Set([...Object.keys(global), ...Object.keys(local)]);
    return Object.fromEntries(
      [...names].map((name) => [
        name,
        !Object.hasOwn(local, name)
          ? global[name]
          : Object.hasOwn(global, name)
            ? merged(global[name], local[name])
            : local[name],
      ]),
    );
  }
  return Array.isArray(global) && Array.isArray(local)
    ? [...(global as unknown[]), ...(local as unknown[])]
    : local;
}

/** withGlobals adds the Globals of its type to a resource. */
export function withGlobals(globals: Node, type: string, properties: Node, ignored: unknown): Node {
  const section = nodeOf(globals[type.replace("AWS::Serverless::", "")]);
  if (ignored === "*") return properties;
  const names = Array.isArray(ignored) ? ignored.map(shown) : [];
  const kept = Object.fromEntries(Object.entries(section).filter(([name]) => !names.includes(name)));
  return structuredClone(merged(kept, properties)) as Node;
}

/** checkGlobals reports sections and properties that Globals cannot have. */
export function checkGlobals(globals: Node, findings: Findings): void {
  for (const [name, section] of Object.entries(globals)) {
    if (!Object.hasOwn(SUPPORTED, name)) {
      findings.add("error", ["Globals", name], `must be one of ${Object.keys(SUPPORTED).join(", ")}`);
      continue;
    }
    const supported = SUPPORTED[name];
    for (const property of supported ? Object.keys(nodeOf(section)) : [])
      if (!supported?.includes(property))
        findings.add("error", ["Globals", name, property], `must be one of ${supported?.join(", ")}`);
  }
}
