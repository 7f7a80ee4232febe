import type { ThrottleSettings, UsagePlanConfig } from "@tollgate/config";
import type { AwsCredentials } from "@tollgate/iam";
import { NOT_SAMPLED, type TraceSampling } from "@tollgate/telemetry";
import type { Filter, Observer, Route } from "../call/call.ts";
import { type LogSink, noLogs } from "../logs/log-sink.ts";
import { type Connections, noConnections } from "../runtime/connections.ts";
import type { Directory } from "../runtime/directory.ts";
import type { Limiter } from "../runtime/limiter.ts";
import { RuntimeState } from "../runtime/runtime-state.ts";
import type { Transport } from "../upstream/transport.ts";
import { type BodyResult, type BodyWork, performBodyWork } from "../values/body-work.ts";
import type { LiveWebAcl } from "../waf/web-acl.ts";

/** ObserverFactory is asked once for each route; undefined: this route does not need it. */
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
  /** A web ACL, whose current version is always the same object's: web ACLs act at once, without a deployment. */
  readonly webAcl: (accountId: string, id: string) => LiveWebAcl;
  /** Of all calls of all accounts together; undefined: no limit. */
  readonly regionThrottle: ThrottleSettings | undefined;
  readonly state: RuntimeState;
  /** Reaches the clients that are connected to WebSocket APIs. */
  readonly connections: Connections;
  /** Does work on a large body beside the event loop. */
  readonly bodyWork: (work: BodyWork) => Promise<BodyResult>;
  /** Takes the events of logs. */
  readonly logs: LogSink;
  /** Which calls of a traced stage are sampled. */
  readonly traceSampling: TraceSampling;
}

/**
 * FilterFactory decides at compile time whether a route needs the filter; undefined: it does not, and pays nothing. R is what it reads of a
 * route besides what all have:
 *
 *     const maintenance: FilterFactory<RestRoute> = ({ settings }) => (settings ? () => deny("THROTTLED") : undefined);
 */
export type FilterFactory<R extends Route = Route> = (route: R, ports: Ports) => Filter | undefined;

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
  limiter: { take: () => 0, use: () => true },
  usagePlan: () => undefined,
  webAcl: () => ({ current: undefined }),
  regionThrottle: undefined,
  bodyWork: async (work) => performBodyWork(work),
  state: new RuntimeState({ responseCacheBytes: 1 }),
  connections: noConnections,
  logs: noLogs,
  traceSampling: NOT_SAMPLED,
};
