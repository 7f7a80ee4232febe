import { ApiKind, CacheOutcome, Fault, type UsageEvent } from "@tollgate/proto/usage";
import { HTTP, OBSERVED, REST, STAGE, WEB_SOCKET } from "./observed-apis.ts";
import { type AnsweredCall } from "./observed-calls.ts";
import type { Action, AnsweredMessage } from "./observed-messages.ts";

type Dimensions = Readonly<Record<string, string>>;

/** CountedMetric is a metric of CloudWatch as a driver counts it. */
export interface CountedMetric {
  readonly dimensions: Dimensions;
  readonly name: string;
  sum: number;
  /** How many calls have a value of it. */
  samples: number;
}

const sizeOf = (holds: boolean): number => (holds ? 1 : 0);
const dimensionOf = (apiId: string): Dimensions => OBSERVED.find(({ id }) => id === apiId)?.dimension ?? {};

/** Where a call counts: for its API, its stage, and its route. */
const setsOf = (apiId: string, route: Dimensions | undefined): readonly Dimensions[] => {
  const api = dimensionOf(apiId);
  const stage = { ...api, Stage: STAGE };
  return [api, stage, ...(route ? [{ ...stage, ...route }] : [])];
};

interface RestOrHttpCall {
  readonly apiId: string;
  /** Empty: no route took it. */
  readonly path: string;
  readonly status: number;
  readonly bodyBytes: number;
  readonly isIntegrated: boolean;
  readonly cache?: "hit" | "miss" | undefined;
}

function valuesOf({ apiId, status, bodyBytes, isIntegrated, cache }: RestOrHttpCall): Record<string, number> {
  const isRest = apiId === REST.id;
  const [client, server] = isRest ? ["4XXError", "5XXError"] : ["4xx", "5xx"];
  return {
    Count: 1,
    [client as string]: sizeOf(status >= 400 && status < 500),
    [server as string]: sizeOf(status >= 500),
    // Of times, only their number is known outside the gateway.
    Latency: Number.NaN,
    ...(isIntegrated ? { IntegrationLatency: Number.NaN } : {}),
    ...(cache ? { CacheHitCount: sizeOf(cache === "hit"), CacheMissCount: sizeOf(cache === "miss") } : {}),
    ...(isRest || bodyBytes === 0 ? {} : { DataProcessed: bodyBytes }),
  };
}

/** A message and its response are one each, also where no route takes it. */
const MESSAGE_VALUES: Readonly<Record<Action, Readonly<Record<string, number>>>> = {
  connect: { ConnectCount: 1 },
  say: { MessageCount: 2 },
  fail: { MessageCount: 2, IntegrationError: 1 },
  unknown: { MessageCount: 2, ClientError: 1 },
};

/** CountedMetrics are the metrics of calls that a driver made, counted by what it knows of them. */
export class CountedMetrics {
  readonly #metrics = new Map<string, CountedMetric>();

  #add(sets: readonly Dimensions[], values: Readonly<Record<string, number>>): void {
    for (const dimensions of sets)
      for (const [name, value] of Object.entries(values)) {
        const key = JSON.stringify([dimensions, name]);
        const known = this.#metrics.get(key) ?? { dimensions, name, sum: 0, samples: 0 };
        known.sum += value;
        known.samples++;
        this.#metrics.set(key, known);
      }
  }

  #addCall(call: RestOrHttpCall): void {
    const { apiId, path } = call;
    this.#add(setsOf(apiId, path === "" ? undefined : { Resource: path, Method: "GET" }), valuesOf(call));
  }

  /** A call that was answered. `missed` are those for which the integration of the cached method was called. */
  call({ kind, requestId, status, bodyBytes }: AnsweredCall, missed: ReadonlySet<string>): void {
    const { apiId, path, isUnrouted } = kind;
    const isRefused = isUnrouted === true || [401, 403, 429].includes(status);
    const cache = path === "/cached" ? (missed.has(requestId) ? "miss" : "hit") : undefined;
    this.#addCall({
      apiId,
      path: isUnrouted ? "" : path,
      status,
      bodyBytes,
      isIntegrated: !isRefused && cache !== "hit",
      cache,
    });
  }

  /** What a client of the WebSocket API did, with a response. */
  message({ action }: AnsweredMessage): void {
    this.#addMessage(action);
  }

  #addMessage(action: Action): void {
    const Route = { connect: "$connect", say: "say", fail: "fail", unknown: "" }[action];
    this.#add(setsOf(WEB_SOCKET.id, Route === "" ? undefined : { Route }), MESSAGE_VALUES[action]);
  }

  /** A call that was recorded and got no response, since its worker was killed between the two. */
  unanswered(event: UsageEvent): void {
    const { apiId, resourcePath: path, status, responseBytes, integrationLatencyUs, cacheOutcome } = event;
    if (event.apiKind === ApiKind.WEBSOCKET) this.#addEvent(event);
    else
      this.#addCall({
        apiId,
        path,
        status,
        bodyBytes: Number(responseBytes),
        isIntegrated: integrationLatencyUs > 0n,
        cache: { [CacheOutcome.HIT]: "hit", [CacheOutcome.MISS]: "miss" }[cacheOutcome as number] as
          | "hit"
          | "miss"
          | undefined,
      });
  }

  #addEvent({ resourcePath, connectIntegration, messageCount, fault }: UsageEvent): void {
    const sets = setsOf(WEB_SOCKET.id, resourcePath === "" ? undefined : { Route: resourcePath });
    if (connectIntegration) this.#add(sets, { ConnectCount: 1 });
    if (messageCount > 0n) this.#add(sets, { MessageCount: Number(messageCount) });
    if (fault === Fault.CLIENT) this.#add(sets, { ClientError: 1 });
    if (fault === Fault.INTEGRATION) this.#add(sets, { IntegrationError: 1 });
  }

  get all(): readonly CountedMetric[] {
    return [...this.#metrics.values()];
  }
}

export const isObserved = (apiId: string): boolean =>
  [REST.id, HTTP.id, WEB_SOCKET.id].includes(apiId as never);
