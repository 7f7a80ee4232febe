import type { Kind, KindsIn, SpecOf } from "./kind.ts";
import type { HttpApi, WebSocketApi } from "./kinds/api.ts";
import type { ThrottleSettings } from "./usage-plan/throttle.ts";

/** FrozenEntity is an entity as a deployment stores it. */
export interface FrozenEntity<K extends Kind> {
  readonly kind: K;
  readonly id: string;
  readonly spec: SpecOf<K>;
}

export type FrozenResource = FrozenEntity<"Resource">;
/** FrozenComponent is an entity that the methods of an API share: an authorizer, model, request validator or gateway response. */
export type FrozenComponent = {
  readonly [K in KindsIn<"definitions">]: FrozenEntity<K>;
}[KindsIn<"definitions">];

/** FrozenApi is an API as one deployment froze it. Its entities are in chunks, which are named by their digests. */
export interface FrozenApi {
  readonly deploymentId: string;
  readonly restApi: SpecOf<"RestApi">;
  /** Chunks of resources. */
  readonly chunks: readonly string[];
  /** Chunks of components. */
  readonly definitions: readonly string[];
}

/** StageManifest is the unit of delivery: one deployed stage. */
export interface StageManifest extends FrozenApi {
  readonly accountId: string;
  readonly apiId: string;
  readonly stageName: string;
  readonly stage: SpecOf<"Stage">;
  /** The deployment of the stage's canary, if it has one. */
  readonly canary: FrozenApi | undefined;
}

/** ApiStageManifest is the unit of delivery of an API of the second generation: one complete deployed stage. */
interface ApiStageManifest {
  readonly accountId: string;
  readonly apiId: string;
  readonly stageName: string;
  readonly deploymentId: string;
  readonly stage: SpecOf<"ApiStage">;
}

/** HttpStageManifest is one deployed stage of an HTTP API. */
export interface HttpStageManifest extends ApiStageManifest {
  readonly protocolType: "HTTP";
  readonly api: HttpApi;
}

/** WebSocketStageManifest is one deployed stage of a WebSocket API. */
export interface WebSocketStageManifest extends ApiStageManifest {
  readonly protocolType: "WEBSOCKET";
  readonly api: WebSocketApi;
}

/** Chunk is a run of a deployment's entities, the unit of storage and of transfer. */
export interface Chunk {
  readonly digest: string;
  readonly entities: readonly (FrozenResource | FrozenComponent)[];
}

/** ServiceEndpointConfig is the address of a service and the credentials of calls to it. */
export interface ServiceEndpointConfig {
  readonly url: string;
  /** Profile of the node's AWS credentials file. */
  readonly profile: string | undefined;
}

/** AccountConfig is what the calls of an account need in addition to their stage. */
export interface AccountConfig {
  readonly accountId: string;
  /** "{service}.{region}" -> endpoint. */
  readonly serviceEndpoints: Readonly<Record<string, ServiceEndpointConfig>>;
  /** VPC link id -> its targets. */
  readonly vpcLinks: Readonly<Record<string, readonly string[]>>;
  /** VPC endpoint id -> its VPC; absent: of an earlier version. */
  readonly vpcEndpoints?: Readonly<Record<string, string>>;
  /** Private domain -> VPC endpoints that may call it; absent: none has any. */
  readonly accessAssociations?: Readonly<Record<string, readonly string[]>>;
  /** Limit of all calls of the account together. */
  readonly throttle: ThrottleSettings | undefined;
  /** Which calls are traced; absent in what control planes of before delivered. */
  readonly samplingRules?: readonly SamplingRuleConfig[];
}

/** SamplingRuleConfig is a rule of X-Ray as nodes use it. */
export type SamplingRuleConfig = SpecOf<"SamplingRule"> & { readonly name: string };
