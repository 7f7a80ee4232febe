import type { Integration, MethodSetting, Problem } from "@tollgate/config";
import type { Call, Integrate } from "../../call/call.ts";
import type { Reply } from "../../call/reply.ts";
import type { Ports } from "../../engine/ports.ts";
import { cacheKey, cacheScope } from "../../runtime/cache-scope.ts";
import type { CachedResponse } from "../../runtime/response-cache.ts";
import { ensureRestState } from "../call-state.ts";
import type { RestContext } from "../context.ts";
import { type CacheControl, cacheControlOf } from "./cache-control.ts";
import { compileCacheKey } from "./cache-key.ts";
import { compileRepresentation } from "./representation.ts";
import { ResponseCapture } from "./response-capture.ts";

/** What a cached method is, besides its integration. */
export interface CachedMethod {
  readonly integrate: Integrate;
  readonly integration: Integration;
  readonly resourceId: string;
  readonly httpMethod: string;
  readonly settings: MethodSetting | undefined;
  /** The settings are the method's own, not those of all methods. */
  readonly settingsAreOwn: boolean;
  readonly at: string;
}

type CachedOutcome =
  | { readonly ok: true; readonly integrate: Integrate }
  | { readonly ok: false; readonly problems: readonly Problem[] };

const PER_CALL = new Set(["x-amzn-trace-id", "x-amzn-requestid", "x-amz-apigw-id"]);

/** The headers of a response that are not about this call only. */
function lasting(headers: readonly string[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i < headers.length; i += 2)
    if (!PER_CALL.has((headers[i] as string).toLowerCase()))
      kept.push(headers[i] as string, headers[i + 1] as string);
  return kept;
}

/** The response of an integration that can be kept; undefined: it cannot. */
function responseOf(reply: Reply | undefined, capture: ResponseCapture): CachedResponse | undefined {
  const response = reply
    ? { status: reply.status, headers: reply.headers, body: Buffer.from(reply.body ?? "") }
    : capture.response;
  const isGood = response && response.status >= 200 && response.status < 300 && !reply?.refusal;
  return isGood ? { ...response, headers: lasting(response.headers) } : undefined;
}

const isCached = (
  { settings, settingsAreOwn, httpMethod }: CachedMethod,
  { cacheEnabled }: RestContext,
): boolean => cacheEnabled && settings?.cachingEnabled === true && (settingsAreOwn || httpMethod === "GET");

/** What the methods that share an entry have in common: a namespace that they name, else there is one of them, as it is configured. */
function sharedBy({ integration, resourceId }: CachedMethod): object {
  const { cacheNamespace = resourceId, cacheKeyParameters, requestParameters } = integration;
  if (cacheNamespace === resourceId) return { resourceId, integration };
  const parameters = cacheKeyParameters.map((name) => [name, requestParameters[name]]);
  return { cacheNamespace, parameters };
}

/**
 * cachedIntegration replies from the stage's cache where its settings say so (AWS: Enable API caching to enhance responsiveness); a
 * method that is not cached keeps its integration as it is. Calls that get their reply from the cache have passed all filters.
 */
export function cachedIntegration(method: CachedMethod, context: RestContext, ports: Ports): CachedOutcome {
  const { integrate, integration, settings, at } = method;
  if (!settings || !isCached(method, context)) return { ok: true, integrate };
  const key = compileCacheKey(integration, context, ports, at);
  if (!key.ok) return key;
  const { responses } = ports.state;
  const ttlMs = settings.cacheTtlInSeconds * 1000;
  const isApart = context.isCanary === true && !context.sharesStageCache;
  const { cacheEpoch, stageVariables, binaryMediaTypes } = context;
  const scope = cacheScope("response", context, {
    isApart,
    cacheEpoch,
    stageVariables,
    binaryMediaTypes,
    isEncrypted: settings.cacheDataEncrypted,
    ...sharedBy(method),
  });
  const representation = compileRepresentation(integration, context);

  const isEncrypted = settings.cacheDataEncrypted;

  const make = async (call: Call, at: string): Promise<Reply | undefined> => {
    const capture = new ResponseCapture();
    const state = ensureRestState(call);
    state.cacheOutcome = "miss";
    state.capture = capture;
    let response: CachedResponse | undefined;
    try {
      const reply = await integrate(call);
      response = ttlMs > 0 ? responseOf(reply, capture) : undefined;
      return reply;
    } finally {
      if (response) responses.put(at, response, { ttlMs, isEncrypted });
      else responses.notMade(at);
    }
  };

  const hit = (call: Call, kept: CachedResponse, control: CacheControl): Reply => {
    ensureRestState(call).cacheOutcome = "hit";
    const headers = control.kind === "ignored" ? [...kept.headers, ...control.headers] : kept.headers;
    return { status: kept.status, headers, body: kept.body };
  };

  const findOrMake = async (call: Call, at: string, control: CacheControl): Promise<Reply | undefined> => {
    const found = await responses.find(at, isEncrypted);
    return found ? hit(call, found, control) : make(call, at);
  };

  const replyTo = (call: Call, at: string): Reply | Promise<Reply | undefined> => {
    const control = cacheControlOf(call, context, settings);
    if (control.kind === "refused") return control.reply;
    if (control.kind === "invalidate") {
      responses.invalidate(at);
      return make(call, at);
    }
    const kept = responses.get(at);
    if (kept) return hit(call, kept, control);
    return responses.isShared && ttlMs > 0 ? findOrMake(call, at, control) : make(call, at);
  };

  const keyed = (call: Call, parameters: readonly unknown[]) =>
    replyTo(call, cacheKey(scope, [call.method, representation(call), parameters]));
  return {
    ok: true,
    integrate: (call) => {
      const parameters = key.keyOf(call);
      return parameters instanceof Promise
        ? parameters.then((late) => keyed(call, late))
        : keyed(call, parameters);
    },
  };
}
