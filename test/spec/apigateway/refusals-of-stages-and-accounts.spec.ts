import { patchOf } from "../../kit/mock-api.ts";
import {
  API,
  BAD,
  CONFLICT,
  HELLO,
  INVALID,
  MISSING,
  NO_API,
  NO_API_MESSAGE,
  patch,
  type Row,
  STAGE,
  useRefusals,
} from "../../kit/refusals.ts";

const { refuses } = useRefusals();

const DEPLOYMENTS: Row[] = [
  ["create_deployment", NO_API, MISSING, NO_API_MESSAGE],
  ["create_deployment", { restApiId: "$empty" }, BAD, "The REST API doesn't contain any methods"],
  ["create_deployment", API, BAD, /^No integration defined for method/],
  ["get_deployment", { ...API, deploymentId: "nosuch" }, MISSING, "Invalid Deployment identifier specified"],
  [
    "delete_deployment",
    { ...API, deploymentId: "$deployment" },
    BAD,
    "Active stages pointing to this deployment must be moved or deleted",
  ],
  [
    "update_deployment",
    { ...API, deploymentId: "$deployment", ...patch(patchOf("replace", "/id", "x")) },
    BAD,
    /^Invalid patch path {2}'\/id'/,
  ],
];

const STAGES: Row[] = [
  ["get_stage", { ...API, stageName: "none" }, MISSING, "Invalid stage identifier specified"],
  ["delete_stage", { ...API, stageName: "none" }, MISSING, "Invalid stage identifier specified"],
  ["get_stages", NO_API, MISSING, NO_API_MESSAGE],
  ["create_stage", { ...STAGE, deploymentId: "$deployment" }, CONFLICT, "Stage already exists"],
  ["create_stage", { ...API, stageName: "new", deploymentId: "nosuch" }, BAD, "Deployment id does not exist"],
  ["create_stage", { ...API, stageName: "a b", deploymentId: "$deployment" }, BAD, /stage/i],
  [
    "create_stage",
    { ...API, stageName: "new", deploymentId: "$deployment", variables: { a: "<x>" } },
    BAD,
    /^Invalid stage variable value of key a\. /,
  ],
  [
    "update_stage",
    { ...STAGE, ...patch(patchOf("replace", "/deploymentId", "nosuch")) },
    BAD,
    "Deployment id does not exist",
  ],
  [
    "update_stage",
    { ...STAGE, ...patch(patchOf("replace", "/nothing", "x")) },
    BAD,
    /^Invalid method setting path: \/nothing\. Must be one of: \[\/deploymentId, \/description, /,
  ],
  [
    "update_stage",
    { ...STAGE, ...patch(patchOf("replace", "/*/*/logging/colour", "x")) },
    BAD,
    /^Invalid method setting path: /,
  ],
  [
    "update_stage",
    { ...STAGE, ...patch(patchOf("remove", "/~1hello/GET")) },
    BAD,
    /^Cannot remove method setting .* because there is no method setting for this method $/,
  ],
  [
    "update_stage",
    { ...STAGE, ...patch(patchOf("add", "/canarySettings/percentTraffic", "1")) },
    BAD,
    /^Invalid add operation with path: /,
  ],
  [
    "update_stage",
    { ...STAGE, ...patch(patchOf("replace", "/canarySettings/deploymentId", "nosuch")) },
    BAD,
    "Deployment id does not exist",
  ],
  [
    "update_stage",
    { ...STAGE, ...patch(patchOf("copy", "/deploymentId", undefined, "/canarySettings/deploymentId")) },
    BAD,
    "Promotion not available. Canary does not exist.",
  ],
  ["flush_stage_cache", { ...API, stageName: "none" }, MISSING, "Invalid stage identifier specified"],
  [
    "flush_stage_authorizers_cache",
    { ...API, stageName: "none" },
    MISSING,
    "Invalid stage identifier specified",
  ],
];

const KEYS: Row[] = [
  ["get_api_key", { apiKey: "nosuch" }, MISSING, "Invalid API Key identifier specified"],
  ["delete_api_key", { apiKey: "nosuch" }, MISSING, "Invalid API Key identifier specified"],
  ["create_api_key", { value: "1".repeat(19) }, BAD, "API Key value should be at least 20 characters"],
  ["create_api_key", { value: "1".repeat(129) }, BAD, "API Key value exceeds maximum size of 128 characters"],
  ["create_api_key", { value: "01234567890123456789abcd" }, CONFLICT, "API Key already exists"],
  ["create_api_key", { name: "n".repeat(1025) }, BAD, /name/],
  [
    "update_api_key",
    { apiKey: "$key", ...patch(patchOf("replace", "/value", "x")) },
    BAD,
    /^Invalid patch path {2}'\/value' specified for op 'replace'\. Must be one of: \[/,
  ],
  ["get_usage_plan", { usagePlanId: "nosuch" }, MISSING, "Invalid Usage Plan ID specified"],
  ["create_usage_plan", { name: "" }, BAD, /name/],
  ["create_usage_plan", { name: "x", quota: { limit: 1, period: "YEAR" } }, INVALID, /quota\.period/],
  ["create_usage_plan", { name: "x", quota: { limit: -1, period: "DAY" } }, BAD, /quota\.limit/],
  [
    "create_usage_plan",
    { name: "x", apiStages: [{ apiId: "nosuchapi0", stage: "prod" }] },
    MISSING,
    /nosuchapi0/,
  ],
  ["delete_usage_plan", { usagePlanId: "$plan" }, BAD, /Cannot delete Usage Plan/],
  [
    "create_usage_plan_key",
    { usagePlanId: "$plan", keyId: "nosuch", keyType: "API_KEY" },
    MISSING,
    "Invalid API Key identifier specified",
  ],
  [
    "create_usage_plan_key",
    { usagePlanId: "nosuch", keyId: "$key", keyType: "API_KEY" },
    MISSING,
    "Invalid Usage Plan ID specified",
  ],
  [
    "create_usage_plan_key",
    { usagePlanId: "$plan", keyId: "$key", keyType: "API_KEY" },
    CONFLICT,
    /\$?\w+ already exists$/,
  ],
  ["create_usage_plan_key", { usagePlanId: "$plan", keyId: "$key", keyType: "COIN" }, BAD, /API_KEY/],
  [
    "get_usage_plan_key",
    { usagePlanId: "$plan", keyId: "nosuch" },
    MISSING,
    "Invalid API Key identifier specified",
  ],
  [
    "update_usage_plan",
    { usagePlanId: "$plan", ...patch(patchOf("replace", "/colour", "x")) },
    BAD,
    /^Invalid patch path {2}'\/colour'/,
  ],
  [
    "update_usage_plan",
    { usagePlanId: "$plan", ...patch(patchOf("add", "/apiStages", "$api:prod")) },
    CONFLICT,
    /already/,
  ],
  [
    "update_usage_plan",
    { usagePlanId: "$plan", ...patch(patchOf("replace", "/throttle/rateLimit", "fast")) },
    BAD,
    /'fast'/,
  ],
];

const DOMAINS: Row[] = [
  ["get_domain_name", { domainName: "no.example.com" }, MISSING, "Invalid domain name identifier specified"],
  ["create_domain_name", { domainName: "taken.example.com" }, BAD, /already exists/],
  ["create_domain_name", { domainName: "not a host" }, BAD, /host name/],
  [
    "create_domain_name",
    { domainName: "x.example.com", endpointConfiguration: { types: ["PRIVATE"], ipAddressType: "ipv4" } },
    BAD,
    /Only dualstack ipAddressType is supported for Private APIs\./,
  ],
  [
    "create_domain_name",
    { domainName: "x.example.com", policy: "[" },
    BAD,
    /policy: must be a policy document as JSON/,
  ],
  [
    "update_domain_name",
    {
      domainName: "taken.example.com",
      ...patch(patchOf("replace", "/mutualTlsAuthentication/nothing", "x")),
    },
    BAD,
    /^Invalid patch path/,
  ],
  [
    "create_base_path_mapping",
    { domainName: "taken.example.com", restApiId: "nosuchapi0" },
    BAD,
    "Invalid REST API identifier specified",
  ],
  [
    "create_base_path_mapping",
    { domainName: "taken.example.com", ...API, stage: "none" },
    BAD,
    "Invalid stage identifier specified",
  ],
  [
    "create_base_path_mapping",
    { domainName: "taken.example.com", ...API, basePath: "a/b" },
    BAD,
    /^API Gateway V1 doesn't support the slash character/,
  ],
  [
    "create_base_path_mapping",
    { domainName: "taken.example.com", ...API, basePath: "taken" },
    CONFLICT,
    "Base path already exists for this domain name",
  ],
  [
    "get_base_path_mapping",
    { domainName: "taken.example.com", basePath: "none" },
    MISSING,
    "Invalid base path mapping identifier specified",
  ],
];

const LINKS: Row[] = [
  ["get_vpc_link", { vpcLinkId: "nosuch" }, MISSING, "Invalid Vpc Link identifier specified"],
  ["create_vpc_link", { name: "", targetArns: ["http://a"] }, BAD, "Name cannot be empty"],
  [
    "create_vpc_link",
    { name: "x", targetArns: ["arn:x"] },
    BAD,
    /^Invalid ARN\. ARN is not well formed arn:x/,
  ],
  ["create_vpc_link", { name: "x", targetArns: [] }, BAD, /targets/],
  ["create_vpc_link", { name: "x", targetArns: ["http://a/path"] }, BAD, /without a path/],
];

const ACCOUNT: Row[] = [
  ["update_account", patch(patchOf("remove", "/features", "UsagePlans")), BAD, /cannot be disabled/],
  ["update_account", patch(patchOf("replace", "/throttle/rateLimit", "1")), BAD, /^Invalid patch path/],
  ["get_tags", { resourceArn: "arn:nothing" }, BAD, /ARN/],
  ["get_tags", { resourceArn: "arn:aws:apigateway:us-east-1::/restapis/nosuchapi0" }, MISSING, /identifier/],
  [
    "tag_resource",
    { resourceArn: "arn:aws:apigateway:us-east-1::/restapis/$api", tags: { "aws:x": "1" } },
    BAD,
    /aws:/,
  ],
  ["test_invoke_method", { ...HELLO, httpMethod: "PUT" }, MISSING, "Invalid Method identifier specified"],
];

refuses("deployments", DEPLOYMENTS);
refuses("stages", STAGES);
refuses("keys and plans", KEYS);
refuses("custom domains", DOMAINS);
refuses("VPC links", LINKS);
refuses("account, tags, test invocations", ACCOUNT);
