import { requestUnits } from "@tollgate/config/runtime";
import { type Call, hostName, type ObserverFactory, type Route, restStateOf } from "@tollgate/pipeline";
import { ApiKind, CacheOutcome, Fault } from "@tollgate/proto/usage";
import { encodeKey, encodeMeterValues, encodeMetricKey } from "@tollgate/usage-stream";
import { faultOf, isConnectCall } from "../websocket/web-socket-outcome.ts";
import { authorizerOutcomeOf } from "./authorizer-outcome.ts";
import { freeReasonOf } from "./free-reason.ts";
import { nameInMetrics } from "./name-in-metrics.ts";
import type { Spool } from "./spool.ts";
import { stageFactsOf } from "./stage-facts.ts";

const NOTHING: readonly never[] = [];

const OUTCOMES = { hit: CacheOutcome.HIT, miss: CacheOutcome.MISS } as const;

function cacheOutcomeOf(call: Call): CacheOutcome {
  const outcome = restStateOf(call)?.cacheOutcome;
  return outcome === undefined ? CacheOutcome.UNSPECIFIED : OUTCOMES[outcome];
}

/** usageObserver records every call of a route that ended. `configRevision` is the revision of the config that is live. */
export const usageObserver =
  (spool: Spool, configRevision: () => number): ObserverFactory =>
  (route: Route) => {
    const { context, httpMethod, resourcePath, messagesOf, hasOwnMetrics } = route;
    const { accountId, apiId, apiName, stageName, reportedStage, protocol } = context;
    const apiKind = ApiKind[protocol];
    const stageFacts = stageFactsOf(context);
    const isWebSocket = apiKind === ApiKind.WEBSOCKET;
    const metricKey = encodeMetricKey({
      apiName: apiKind === ApiKind.REST ? nameInMetrics(apiName) : "",
      isCanary: reportedStage !== stageName,
      isDetailed: hasOwnMetrics,
    });
    // A route with ANY is recorded with the method of the call.
    const keys = new Map<string, Buffer>();
    const keyFor = (verb: string): Buffer => {
      let key = keys.get(verb);
      if (!key)
        keys.set(
          verb,
          (key = encodeKey({ accountId, apiId, stage: stageName, httpMethod: verb, resourcePath })),
        );
      return key;
    };
    const fixed = httpMethod === "ANY" ? undefined : keyFor(httpMethod);
    return (call) => {
      const latencyMs = call.endMs - call.startMs;
      spool.add(fixed ?? keyFor(call.method), {
        endTimeUnixMs: Math.trunc(call.startUnixMs + latencyMs),
        status: call.status,
        latencyUs: Math.round(latencyMs * 1000),
        integrationLatencyUs: Math.round(call.integrationMs * 1000),
        requestBytes: call.requestBytes,
        responseBytes: call.responseBytes,
        requestId: call.requestId,
        apiKeyId: call.apiKey?.id ?? "",
        usagePlanId: call.apiKey?.usagePlanId ?? "",
        messageCount: messagesOf?.(call) ?? 0,
        connectionMinutes: 0,
        connectionKey: call.connectionKey,
        apiKind,
        freeReason: freeReasonOf(call),
        metricKey,
        cacheOutcome: apiKind === ApiKind.REST ? cacheOutcomeOf(call) : CacheOutcome.UNSPECIFIED,
        fault: isWebSocket ? faultOf(call) : Fault.UNSPECIFIED,
        isConnect: isWebSocket && isConnectCall(route, call),
        requestUnits: requestUnits(protocol, call),
        isStreamed: call.isStreamed,
        authorizerOutcome: authorizerOutcomeOf(call),
        configRevision: configRevision(),
        domainName: call.isAtDomain ? hostName(call.host) : "",
        traceId: call.traceId,
        stageFacts,
        customerId: (call.apiKey ?? call.connectionKey)?.customerId ?? "",
        cacheSize: "",
        deploymentId: call.deploymentId ?? "",
        meterValues: encodeMeterValues(call.meters?.values() ?? NOTHING),
      });
    };
  };
