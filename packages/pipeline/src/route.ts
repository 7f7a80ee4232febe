import type { Integration } from "@tollgate/config";
import type { Call } from "./call.ts";
import type { Observer } from "./ports.ts";
import type { Reply } from "./reply.ts";

/** Filter may answer a call; undefined lets it go on. */
export type Filter = (call: Call) => Reply | undefined;
/** Integrate answers a call: with a reply, or, where the answer streamed, with undefined. */
export type Integrate = (call: Call) => Reply | Promise<Reply | undefined>;

/** RouteContext is what the methods of one deployed stage have in common at compile time. */
export interface RouteContext {
  readonly accountId: string;
  readonly restApiId: string;
  readonly apiName: string;
  readonly stageName: string;
  readonly stageVariables: Readonly<Record<string, string>>;
  readonly binaryMediaTypes: readonly string[];
  readonly tracingEnabled: boolean;
  readonly serviceEndpoint: (service: string, region: string) => string | undefined;
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
  readonly inbound: readonly Filter[];
  readonly integrationType: Integration["type"];
  readonly integrate: Integrate;
  readonly observers: readonly Observer[];
}
