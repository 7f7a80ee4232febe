import type { ObserverFactory } from "@tollgate/pipeline";
import { ApiKind } from "@tollgate/proto/usage";
import { encodeKey } from "@tollgate/usage-stream";
import { freeReasonOf } from "./free-reason.ts";
import type { Spool } from "./spool.ts";

/** usageObserver records every call of a route that ended. */
export const usageObserver =
  (spool: Spool): ObserverFactory =>
  ({ context, httpMethod, resourcePath, messagesOf }) => {
    const { accountId, apiId, stageName } = context;
    const apiKind = ApiKind[context.protocol];
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
      });
    };
  };
