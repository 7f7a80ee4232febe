import type { Readable } from "node:stream";
import type { AwsCredentials } from "@tollgate/iam";
import type { ThrottleSettings, UsagePlanConfig } from "@tollgate/config";
import { performBodyWork, type BodyResult, type BodyWork } from "../values/body-work.ts";
import type { Call } from "../call/call.ts";
import type { Directory } from "../runtime/directory.ts";
import type { Limiter } from "../runtime/limiter.ts";
import type { Route } from "./route.ts";
import { RuntimeState } from "../runtime/runtime-state.ts";

/** Exchange is the client's side of a call, given by the listener. Its answer may be held back until the call is on record. */
export interface Exchange {
  /** The whole answer at once. Header names and values alternate; the array becomes the exchange's. */
  reply(status: number, headers: string[], body: Buffer | string | undefined): void;
  /** Begins an answer whose body follows. `lengthBytes` is the body's size where the upstream said so. */
  start(status: number, statusText: string, headers: string[], lengthBytes: number | undefined): void;
  /** A piece of the body; false asks to wait for `onDrain`. */
  write(chunk: Buffer): boolean;
  onDrain: (() => void) | undefined;
  /** The answer is complete. */
  end(): void;
  /** Cuts the connection: the answer has begun and cannot be completed. */
  destroy(): void;
  /** Called when the client left before the answer was complete. */
  onClientGone: (() => void) | undefined;
  /** The request's body, to be read at most once. */
  readonly body: Readable;
}

/** UpstreamRequest is one HTTP request to an integration endpoint. */
export interface UpstreamRequest {
  /** scheme://host:port */
  readonly origin: string;
  readonly path: string;
  readonly method: string;
  readonly headers: readonly string[];
  readonly body: Readable | Buffer | undefined;
  readonly timeoutMs: number;
  /** How TLS is spoken to it, where not as usual. */
  readonly tls: UpstreamTls | undefined;
}

/** UpstreamTls is TLS other than the default: certificates verified, none shown. */
export interface UpstreamTls {
  /** Equal for equal settings: connections are shared by it. */
  readonly key: string;
  readonly insecureSkipVerification: boolean;
  /** Host name that is asked for and verified; undefined: that of the origin. */
  readonly serverName: string | undefined;
  readonly clientCertificateId: string | undefined;
}

export type UpstreamFailure = "timeout" | "connect" | "network";

/** UpstreamHandler hears about one answer. After onEnd or onFailure nothing follows. */
export interface UpstreamHandler {
  /** Names and values alternate. */
  onHead(status: number, statusText: string, headers: readonly string[]): void;
  /** False pauses the upstream until `resume`. */
  onData(chunk: Buffer): boolean;
  onEnd(): void;
  onFailure(failure: UpstreamFailure, error: Error): void;
}

export interface UpstreamControl {
  resume(): void;
  abort(): void;
}

/** Transport sends requests to upstreams over pooled connections. */
export interface Transport {
  send(request: UpstreamRequest, handler: UpstreamHandler): UpstreamControl;
}

/** Observer watches an answered call. It must not throw and cannot change the answer. */
export type Observer = (call: Call) => void;
/** ObserverFactory is asked once a route; undefined: this route does not need it. */
export type ObserverFactory = (route: Route) => Observer | undefined;

/** ServiceEndpoints finds the base URL of an AWS service. */
export type ServiceEndpoints = (service: string, region: string) => string | undefined;

/** Ports are the only doors out of the pipeline. */
export interface Ports {
  readonly transport: Transport;
  readonly observers: readonly ObserverFactory[];
  /** Defaults below the account's ServiceEndpoint entries. */
  readonly defaultServiceEndpoints: ServiceEndpoints;
  /** Credentials that calls to AWS services are signed with, by profile; undefined: there are none, and calls go unsigned. */
  readonly credentials: (profile: string | undefined) => AwsCredentials | undefined;
  /** Credentials by their access key, among those that this process knows. */
  readonly credentialsOfKey: (accessKeyId: string) => AwsCredentials | undefined;
  /** Part of the ARNs that methods have. */
  readonly region: string;
  /** Finds callers' keys. */
  readonly directory: Directory;
  readonly limiter: Limiter;
  /** A usage plan as it is now: plans act at once, without a deployment. */
  readonly usagePlan: (accountId: string, id: string) => UsagePlanConfig | undefined;
  /** Of all calls of all accounts together; undefined: no limit. */
  readonly regionThrottle: ThrottleSettings | undefined;
  readonly state: RuntimeState;
  /** Does work on a large body beside the event loop. */
  readonly bodyWork: (work: BodyWork) => Promise<BodyResult>;
  /** Takes the execution log of a call whose stage asks for one. */
  readonly writeExecutionLog: (call: Call, lines: readonly string[]) => void;
  /** Share of undecided calls of a traced stage that are sampled, 0 to 1. */
  readonly traceSampleRatio: number;
}

/** nullPorts lead nowhere: to compile with where nothing will run. */
export const nullPorts: Ports = {
  transport: {
    send: () => {
      throw new Error("nothing runs here");
    },
  },
  observers: [],
  defaultServiceEndpoints: () => undefined,
  credentials: () => undefined,
  credentialsOfKey: () => undefined,
  region: "us-east-1",
  directory: { accessKey: () => undefined, apiKey: () => undefined },
  limiter: { take: () => true, use: () => true },
  usagePlan: () => undefined,
  regionThrottle: undefined,
  bodyWork: async (work) => performBodyWork(work),
  state: new RuntimeState({ responseCacheBytes: 1 }),
  writeExecutionLog: () => undefined,
  traceSampleRatio: 0,
};
