import { DOCUMENTATION_PART_TYPES, SECURITY_POLICIES } from "@tollgate/config";
import { inSet, invalid, violation } from "../../aws-error.ts";
import type { AwsRequest, JsonObject, Operation } from "../../protocol/rest-json/operation.ts";

/** Enumerations of AWS's model, each in the order in which AWS lists it. */
const OPS = ["add", "remove", "move", "test", "replace", "copy"];
const ENDPOINT_TYPES = ["PRIVATE", "EDGE", "REGIONAL"];
const IP_ADDRESS_TYPES = ["ipv4", "dualstack"];
const CONTENT_HANDLING = ["CONVERT_TO_BINARY", "CONVERT_TO_TEXT"];
const GATEWAY_RESPONSE_TYPES = [
  "REQUEST_TOO_LARGE",
  "RESOURCE_NOT_FOUND",
  "AUTHORIZER_CONFIGURATION_ERROR",
  "MISSING_AUTHENTICATION_TOKEN",
  "BAD_REQUEST_BODY",
  "INVALID_SIGNATURE",
  "INVALID_API_KEY",
  "BAD_REQUEST_PARAMETERS",
  "AUTHORIZER_FAILURE",
  "UNAUTHORIZED",
  "INTEGRATION_TIMEOUT",
  "ACCESS_DENIED",
  "DEFAULT_4XX",
  "DEFAULT_5XX",
  "WAF_FILTERED",
  "QUOTA_EXCEEDED",
  "THROTTLED",
  "API_CONFIGURATION_ERROR",
  "UNSUPPORTED_MEDIA_TYPE",
  "INTEGRATION_FAILURE",
  "EXPIRED_TOKEN",
];
const CACHE_SIZES = ["0.5", "1.6", "6.1", "13.5", "28.4", "58.2", "118", "237"];
const security = {
  securityPolicy: Object.keys(SECURITY_POLICIES),
  endpointAccessMode: ["BASIC", "STRICT"],
};
const endpointConfiguration = {
  "endpointConfiguration.types": ENDPOINT_TYPES,
  "endpointConfiguration.ipAddressType": IP_ADDRESS_TYPES,
};

type Enums = Readonly<Record<string, readonly string[]>>;

/** The enumerations in the body of an operation, by the path of their member (AWS: API Gateway V1 API reference). */
const IN_BODY: Readonly<Record<string, Enums>> = {
  CreateRestApi: { ...endpointConfiguration, ...security, apiKeySource: ["HEADER", "AUTHORIZER"] },
  CreateDomainName: { ...endpointConfiguration, ...security },
  PutIntegration: {
    type: ["HTTP", "MOCK", "AWS_PROXY", "HTTP_PROXY", "AWS"],
    connectionType: ["INTERNET", "VPC_LINK"],
    contentHandling: CONTENT_HANDLING,
  },
  PutIntegrationResponse: { contentHandling: CONTENT_HANDLING },
  CreateAuthorizer: { type: ["TOKEN", "REQUEST", "COGNITO_USER_POOLS"] },
  CreateDeployment: { cacheClusterSize: CACHE_SIZES },
  CreateDocumentationPart: { "location.type": DOCUMENTATION_PART_TYPES },
  CreateDomainNameAccessAssociation: { accessAssociationSourceType: ["VPCE"] },
  CreateStage: { cacheClusterSize: CACHE_SIZES },
  CreateUsagePlan: { "quota.period": ["DAY", "WEEK", "MONTH"] },
};

/** The same in its query. */
const IN_QUERY: Readonly<Record<string, Enums>> = {
  GetDocumentationParts: {
    type: DOCUMENTATION_PART_TYPES,
    locationStatus: ["DOCUMENTED", "UNDOCUMENTED"],
  },
  ImportApiKeys: { format: ["csv"] },
  ImportDocumentationParts: { mode: ["merge", "overwrite"] },
  PutRestApi: { mode: ["merge", "overwrite"] },
};

/** Enumerations that AWS requires. */
const REQUIRED = new Set([
  "CreateAuthorizer.type",
  "CreateDocumentationPart.location.type",
  "CreateDomainNameAccessAssociation.accessAssociationSourceType",
  "ImportApiKeys.format",
  "PutIntegration.type",
]);

const STATUS_CODE = "[1-5]\\d\\d";
const STATUS = new RegExp(`^${STATUS_CODE}$`);
const notAStatus = (value: string, place: string) =>
  STATUS.test(value)
    ? []
    : [violation(value, place, `Member must satisfy regular expression pattern: ${STATUS_CODE}`)];

const at = (body: JsonObject, path: string): unknown =>
  path.split(".").reduce<unknown>((value, name) => (value as JsonObject | null | undefined)?.[name], body);

/** A list is shown as a whole, and what its items must satisfy in brackets. */
function outOfSet(value: unknown, place: string, values: readonly string[]): string[] {
  const isIn = (one: unknown) => values.includes(one as string);
  if (Array.isArray(value))
    return value.every(isIn)
      ? []
      : [violation(`[${value.join(", ")}]`, place, `Member must satisfy constraint: [${inSet(values)}]`)];
  return value === undefined || isIn(value) ? [] : [violation(value, place, inSet(values))];
}

const inputOf = ({ name }: Operation) => `${name.charAt(0).toLowerCase()}${name.slice(1)}Input`;

function opViolations(operation: Operation, { body }: AwsRequest): string[] {
  if (operation.method !== "PATCH") return [];
  const operations = (body.patchOperations ?? []) as readonly (JsonObject | null)[];
  return operations.flatMap((operation_, i) =>
    OPS.includes(operation_?.op as string)
      ? []
      : [
          violation(
            operation_?.op ?? null,
            `${inputOf(operation)}.patchOperations.${i + 1}.member.op`,
            inSet(OPS),
          ),
        ],
  );
}

const notNull = (place: string) =>
  `Value null at '${place}' failed to satisfy constraint: Member must not be null`;

/** In AWS's order: enumerations of the body, then patterns of the body, then the path and the query. */
function violationsOf(operation: Operation, request: AwsRequest): string[] {
  const { name } = operation;
  const { body, path, query } = request;
  const ofEnums = (
    table: Readonly<Record<string, Enums>>,
    valueOf: (member: string) => unknown,
    place: (member: string) => string,
  ) =>
    Object.entries(table[name] ?? {}).flatMap(([member, values]) => {
      const value = valueOf(member) ?? undefined;
      return value === undefined && REQUIRED.has(`${name}.${member}`)
        ? [notNull(place(member))]
        : outOfSet(value, place(member), values);
    });
  return [
    ...opViolations(operation, request),
    ...ofEnums(
      IN_BODY,
      (member) => at(body, member),
      (member) => `${inputOf(operation)}.${member}`,
    ),
    ...(name === "PutGatewayResponse" && body.statusCode !== undefined
      ? notAStatus(String(body.statusCode), `${inputOf(operation)}.statusCode`)
      : []),
    ...(path.status_code === undefined ? [] : notAStatus(path.status_code, "statusCode")),
    ...outOfSet(path.response_type, "responseType", GATEWAY_RESPONSE_TYPES),
    ...ofEnums(
      IN_QUERY,
      (member) => query.get(member) || undefined,
      (member) => member,
    ),
  ];
}

/**
 * constrained is an operation whose input is checked against the constraints of AWS's model before anything is looked up. All that are
 * violated are reported together.
 */
export const constrained = (operation: Operation): Operation => ({
  ...operation,
  run: (request) => {
    const violations = violationsOf(operation, request);
    if (violations.length > 0) throw invalid(violations);
    return operation.run(request);
  },
});
