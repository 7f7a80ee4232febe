import type { ServiceEndpointConfig, ThrottleSettings } from "@tollgate/config";

/** RouteContext is what the routes of one deployed stage have in common, whatever its protocol. Each protocol extends it by its own. */
export interface RouteContext {
  readonly accountId: string;
  readonly apiId: string;
  readonly apiName: string;
  readonly stageName: string;
  readonly stageVariables: Readonly<Record<string, string>>;
  readonly region: string;
  /** Takes part in a canary release: true for its calls; absent: the stage has none. */
  readonly isCanary?: boolean | undefined;
  /** Of all calls of the account together. */
  readonly accountThrottle: ThrottleSettings | undefined;
  readonly serviceEndpoint: (service: string, region: string) => ServiceEndpointConfig | undefined;
  readonly vpcLink: (id: string) => readonly string[] | undefined;
}
