import type {
  Integration,
  Method,
  MethodSetting,
  ServiceEndpointConfig,
  ThrottleSettings,
} from "@tollgate/config";
import type { Policy } from "@tollgate/iam";
import type { Call } from "../call/call.ts";
import type { Cors } from "../http-api/cors.ts";
import type { Definitions } from "../rest-api/definitions.ts";
import type { Observer } from "./ports.ts";
import type { Reply } from "../call/reply.ts";

/** Filter may answer a call; undefined lets it go on. */
export type Filter = (call: Call) => Reply | undefined | Promise<Reply | undefined>;
/** Integrate answers a call: with a reply, or, where the answer streamed, with undefined. */
export type Integrate = (call: Call) => Reply | Promise<Reply | undefined>;

/** RouteContext is what the methods of one deployed stage have in common at compile time. */
export interface RouteContext {
  readonly accountId: string;
  readonly apiId: string;
  readonly apiName: string;
  readonly stageName: string;
  readonly stageVariables: Readonly<Record<string, string>>;
  readonly binaryMediaTypes: readonly string[];
  readonly isEdge: boolean;
  readonly tracingEnabled: boolean;
  /** Takes part in a canary release: true for its calls; undefined: the stage has none. */
  readonly isCanary: boolean | undefined;
  readonly methodSettings: Readonly<Record<string, MethodSetting>>;
  readonly minimumCompressionSize: number | undefined;
  readonly clientCertificateId: string | undefined;
  readonly region: string;
  readonly apiKeySource: "HEADER" | "AUTHORIZER";
  /** The API's own policy. */
  readonly resourcePolicy: Policy | undefined;
  /** Of all calls of the account together. */
  readonly accountThrottle: ThrottleSettings | undefined;
  /** Whether the stage has a cache, and which one. */
  readonly cacheEnabled: boolean;
  readonly cacheEpoch: number;
  readonly authorizerCacheEpoch: number;
  /** A canary that uses the cache of its stage. */
  readonly sharesStageCache: boolean;
  readonly definitions: Definitions;
  /** What an HTTP API tells browsers; undefined: nothing. */
  readonly cors: Cors | undefined;
  readonly serviceEndpoint: (service: string, region: string) => ServiceEndpointConfig | undefined;
  readonly vpcLink: (id: string) => readonly string[] | undefined;
}

/** Route is a compiled method. Immutable. */
export interface Route {
  readonly context: RouteContext;
  readonly resourceId: string;
  /** Template such as /pets/{petId}; empty for calls that no method takes. */
  readonly resourcePath: string;
  /** ANY for a method that takes every verb. */
  readonly httpMethod: string;
  /** Names of the path parameters in their order. */
  readonly parameterNames: readonly string[];
  /** What the method asks of a request; undefined for calls that no method takes. */
  readonly method: Method | undefined;
  readonly settings: MethodSetting | undefined;
  readonly inbound: readonly Filter[];
  readonly integrationType: Integration["type"];
  readonly integrate: Integrate;
  readonly observers: readonly Observer[];
}
