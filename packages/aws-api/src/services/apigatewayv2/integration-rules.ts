import { isServiceSubtype, lacksParameters, serviceActionOf, unknownParameter } from "@tollgate/config";
import type { Rule } from "./rule.ts";
import type { ApiSpec } from "./shelf.ts";

/** An integration of either protocol, before it is checked. */
export interface IntegrationSpec {
  readonly apiGatewayManaged?: true;
  readonly connectionId?: string;
  readonly connectionType?: string;
  readonly contentHandlingStrategy?: string;
  readonly credentialsArn?: string;
  readonly description?: string;
  readonly integrationMethod?: string;
  readonly integrationSubtype?: string;
  readonly integrationType?: string;
  readonly integrationUri?: string;
  readonly passthroughBehavior?: string;
  readonly payloadFormatVersion?: string;
  readonly requestParameters?: Readonly<Record<string, string>>;
  readonly requestTemplates?: Readonly<Record<string, string>>;
  readonly responseParameters?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly templateSelectionExpression?: string;
  readonly timeoutInMillis?: number;
  readonly tlsConfig?: { readonly serverNameToVerify?: string };
}

const TYPES = ["AWS", "HTTP", "MOCK", "HTTP_PROXY", "AWS_PROXY"];
const TIMEOUT_MIN_MS = 50;

const oneOf = (name: keyof IntegrationSpec, values: readonly string[]): Rule<IntegrationSpec> => {
  return (given) => {
    const value = given[name];
    return value === undefined || values.includes(value as string)
      ? undefined
      : `Invalid ${name} specified. Must be one of [${values.join(", ")}]`;
  };
};

const timeout =
  (mostMs: number): Rule<IntegrationSpec> =>
  ({ timeoutInMillis: ms = mostMs }) =>
    ms < TIMEOUT_MIN_MS || ms > mostMs
      ? `Timeout should be between ${TIMEOUT_MIN_MS} ms and ${mostMs} ms`
      : undefined;

const connection: readonly Rule<IntegrationSpec>[] = [
  oneOf("connectionType", ["INTERNET", "VPC_LINK"]),
  ({ connectionType, connectionId }) =>
    connectionType === "VPC_LINK" && connectionId === undefined
      ? "ConnectionId must be set to vpcLinkId for ConnectionType VPC_LINK"
      : undefined,
];

const COMMON_RULES: readonly Rule<IntegrationSpec>[] = [
  ({ integrationType }) =>
    integrationType === undefined ? "IntegrationType is a required parameter for integration" : undefined,
  oneOf("integrationType", TYPES),
  oneOf("passthroughBehavior", ["WHEN_NO_MATCH", "NEVER", "WHEN_NO_TEMPLATES"]),
  oneOf("contentHandlingStrategy", ["CONVERT_TO_BINARY", "CONVERT_TO_TEXT"]),
  ...connection,
];

const frame = (errors: string) =>
  `Invalid mapping expression specified: Validation Result: warnings : [], errors : [${errors}]`;

const REQUEST_PARAMETER = /^((append|overwrite|remove):(header|querystring)\.\S+|overwrite:path)$/;
const RESPONSE_PARAMETER = /^((append|overwrite|remove):header\.\S+|overwrite:statuscode)$/;

/** A JSON object is no static text: it must be mapped from something. Only attributes of messages are objects. */
const isRawObject = (name: string, value: string) =>
  /^\s*\{/.test(value) && !/^Message(System)?Attributes$/.test(name);

/** SERVICE_RULES are what AWS refuses of an integration that calls an action of a service. */
const SERVICE_RULES: readonly Rule<IntegrationSpec & { readonly integrationSubtype: string }>[] = [
  ({ integrationType, integrationSubtype: subtype, payloadFormatVersion }) =>
    integrationType === "AWS_PROXY" && isServiceSubtype(subtype) && payloadFormatVersion === "1.0"
      ? undefined
      : `Operation: ${subtype} is not supported.`,
  ({ integrationSubtype: subtype, requestParameters = {} }) =>
    isServiceSubtype(subtype) && lacksParameters(subtype, requestParameters)
      ? `Operation: ${subtype} requires enabling passthrough, or defining all of the following parameters in the parameter mapping: [${serviceActionOf(subtype).required.join(", ")}]`
      : undefined,
  ({ integrationSubtype: subtype, requestParameters = {} }) => {
    const unknown = isServiceSubtype(subtype) ? unknownParameter(subtype, requestParameters) : undefined;
    return unknown === undefined
      ? undefined
      : `Operation: ${subtype} does not support the following parameter in the parameter mapping: [${unknown}]`;
  },
  ({ integrationSubtype: subtype, credentialsArn }) =>
    credentialsArn === undefined
      ? `Role ARN must be specified for AWS integration configuration with Subtype: ${subtype}`
      : undefined,
  ({ requestParameters = {} }) => {
    const [name, value] = Object.entries(requestParameters).find((entry) => isRawObject(...entry)) ?? [];
    return name === undefined
      ? undefined
      : `Invalid selection expression specified: Validation Result: warnings : [], errors : [Invalid source: ${value} specified for destination: ${name}]`;
  },
];

const ofService: Rule<IntegrationSpec> = ({ integrationSubtype, ...given }) => {
  if (integrationSubtype === undefined) return undefined;
  for (const rule of SERVICE_RULES) {
    const sentence = rule({ ...given, integrationSubtype });
    if (sentence !== undefined) return sentence;
  }
  return undefined;
};

const WEBSOCKET_ONLY = [
  "contentHandlingStrategy",
  "requestTemplates",
  "templateSelectionExpression",
] as const;

const isSet = (value: unknown) =>
  value !== undefined && !(typeof value === "object" && value !== null && Object.keys(value).length === 0);

/** HTTP_INTEGRATION_RULES are what AWS refuses of an integration of an HTTP API, in the order in which it is reported. */
export const HTTP_INTEGRATION_RULES: readonly Rule<IntegrationSpec>[] = [
  ...COMMON_RULES,
  ({ integrationType = "" }) =>
    ["AWS_PROXY", "HTTP_PROXY"].includes(integrationType)
      ? undefined
      : "Currently, an API with a protocol type of HTTP may only be associated with proxy integrations (AWS_PROXY, HTTP_PROXY)",
  ({ payloadFormatVersion }) =>
    payloadFormatVersion === undefined
      ? "PayloadFormatVersion is a required parameter for integration"
      : undefined,
  ({ payloadFormatVersion: version = "" }) =>
    ["1.0", "2.0"].includes(version) ? undefined : `Unsupported PayloadFormatVersion: ${version}`,
  ({ integrationType, payloadFormatVersion }) =>
    integrationType === "HTTP_PROXY" && payloadFormatVersion !== "1.0"
      ? `PayloadFormatVersion ${payloadFormatVersion} is not supported for integration of type HTTP_PROXY`
      : undefined,
  ({ integrationType, integrationMethod }) =>
    integrationType === "HTTP_PROXY" && integrationMethod === undefined
      ? "HttpMethod parameter method must be specified for integrationType HTTPPROXY"
      : undefined,
  ofService,
  ({ integrationUri, integrationSubtype }) =>
    (integrationUri === undefined) === (integrationSubtype === undefined)
      ? "Invalid integration URI specified"
      : undefined,
  ({ connectionType, integrationUri = "" }) =>
    connectionType === "VPC_LINK" &&
    !/^(arn:[^:]*:(elasticloadbalancing|servicediscovery):|https?:\/\/)/.test(integrationUri)
      ? "For VpcLink VPC_LINK, integration uri should be a valid ELB listener ARN or a valid Cloud Map service ARN."
      : undefined,
  timeout(30_000),
  (given) => {
    const name = WEBSOCKET_ONLY.find((one) => isSet(given[one]));
    return name === undefined ? undefined : `${name} is not supported for APIs with a protocol type of HTTP`;
  },
  ({ integrationSubtype, requestParameters = {} }) => {
    if (integrationSubtype !== undefined) return undefined;
    const bad = Object.keys(requestParameters).find((name) => !REQUEST_PARAMETER.test(name));
    return bad === undefined
      ? undefined
      : frame(`Invalid Request Actioned Parameter destination specified: ${bad}`);
  },
  ({ responseParameters = {} }) => {
    for (const [status, mappings] of Object.entries(responseParameters)) {
      if (!/^[2-5]\d\d$/.test(status)) return frame(`Status Code ${status} is not valid.`);
      const bad = Object.keys(mappings).find((name) => !RESPONSE_PARAMETER.test(name));
      if (bad !== undefined)
        return frame(`Invalid Response Actioned Parameter destination specified: ${bad}`);
    }
    return undefined;
  },
];

/** WEBSOCKET_INTEGRATION_RULES are what AWS refuses of an integration of a WebSocket API. */
export const WEBSOCKET_INTEGRATION_RULES: readonly Rule<IntegrationSpec>[] = [
  ...COMMON_RULES,
  ({ payloadFormatVersion: version = "1.0" }) =>
    version === "1.0" ? undefined : `Unsupported PayloadFormatVersion: ${version}`,
  ({ integrationType, integrationUri }) =>
    integrationType !== "MOCK" && integrationUri === undefined
      ? "Invalid integration URI specified"
      : undefined,
  timeout(29_000),
  (given) => {
    const name = (["integrationSubtype", "responseParameters", "tlsConfig"] as const).find((one) =>
      isSet(given[one]),
    );
    return name === undefined
      ? undefined
      : `${name} is not supported for APIs with a protocol type of WEBSOCKET`;
  },
];

export const integrationRules = (protocolType: ApiSpec["protocolType"]): readonly Rule<IntegrationSpec>[] =>
  protocolType === "HTTP" ? HTTP_INTEGRATION_RULES : WEBSOCKET_INTEGRATION_RULES;
