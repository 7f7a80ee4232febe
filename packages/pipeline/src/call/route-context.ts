import type {
  AccessLogSettings,
  SamplingRuleConfig,
  ServiceEndpointConfig,
  StageMeter,
  ThrottleSettings,
} from "@tollgate/config";

/** RouteContext is what the routes of one deployed stage have in common, whatever its protocol. Each protocol extends it by its own. */
export interface RouteContext {
  readonly accountId: string;
  readonly apiId: string;
  readonly apiName: string;
  readonly stageName: string;
  readonly protocol: "REST" | "HTTP" | "WEBSOCKET";
  readonly stageVariables: Readonly<Record<string, string>>;
  readonly region: string;
  /** Of the API and of the stage, which has the last word; absent: there are none. */
  readonly tags?: Readonly<Record<string, string>>;
  /** What its calls are counted and logged as: the stage, or a part of it such as {stage}/Canary. */
  readonly reportedStage: string;
  /** Name of its execution log; absent: that of a REST API. */
  readonly executionLogGroup?: string;
  /** Where and how its calls are logged; undefined: they are not. */
  readonly accessLogSettings: AccessLogSettings | undefined;
  /** $context variables that all its calls have, besides those of every protocol. */
  readonly ownVariables: Readonly<Record<string, string>>;
  /** Its meters of one's own; absent: none. */
  readonly meters?: readonly StageMeter[] | undefined;
  /** The web ACL that its calls must pass; absent: none. */
  readonly webAclId?: string | undefined;
  /** Of all calls of the account together. */
  readonly accountThrottle: ThrottleSettings | undefined;
  /** Which of its calls are traced, beside what nodes do by themselves. */
  readonly samplingRules: readonly SamplingRuleConfig[];
  readonly serviceEndpoint: (service: string, region: string) => ServiceEndpointConfig | undefined;
  /** The targets of a VPC link as URLs; none if it leads into subnets; undefined: it does not exist. */
  readonly vpcLink: (id: string) => readonly string[] | undefined;
  /** The VPC that an endpoint belongs to; undefined: the account has no such endpoint. */
  readonly vpcOf: (endpointId: string) => string | undefined;
  /** The URL of a load balancer, a listener or a service of Cloud Map; undefined: no ServiceEndpoint locates it. */
  readonly privateTarget: (arn: string) => string | undefined;
}
