import { describe, expect, it } from "vitest";
import { ApiKind, CacheOutcome, Fault } from "@tollgate/proto/usage";
import { dimensionSets, type MeasuredRoute } from "./dimension-sets.ts";
import { addSamples, type MeasuredCall } from "./samples.ts";

const call: MeasuredCall = {
  apiKind: ApiKind.REST,
  status: 200,
  latencyUs: 12_500,
  integrationLatencyUs: 0,
  requestBytes: 0,
  responseBytes: 0,
  messageCount: 0,
  connectionMinutes: 0,
  cacheOutcome: CacheOutcome.UNSPECIFIED,
  fault: Fault.UNSPECIFIED,
  connectIntegration: false,
};
const http = { apiKind: ApiKind.HTTP };
const ws = { apiKind: ApiKind.WEBSOCKET };
const rest = (client: number, server: number) => ({
  Count: 1,
  "4XXError": client,
  "5XXError": server,
  Latency: 12.5,
});
const webSocket = (client: number, integration: number, execution: number) => ({
  ClientError: client,
  IntegrationError: integration,
  ExecutionError: execution,
});

describe("the samples of a call", () => {
  it.each<[string, Partial<MeasuredCall>, Readonly<Record<string, number>>]>([
    ["of a MOCK of a REST API", {}, rest(0, 0)],
    [
      "that its integration answered",
      { integrationLatencyUs: 8_000 },
      { ...rest(0, 0), IntegrationLatency: 8 },
    ],
    ["that was refused", { status: 403 }, rest(1, 0)],
    ["that was throttled", { status: 429 }, rest(1, 0)],
    ["whose client disconnected", { status: 499 }, rest(1, 0)],
    [
      "whose integration timed out",
      { status: 504, integrationLatencyUs: 29_000_000 },
      { ...rest(0, 1), IntegrationLatency: 29_000 },
    ],
    ["redirected", { status: 302 }, rest(0, 0)],
    [
      "answered from the cache",
      { cacheOutcome: CacheOutcome.HIT },
      { ...rest(0, 0), CacheHitCount: 1, CacheMissCount: 0 },
    ],
    [
      "that the cache had nothing for",
      { cacheOutcome: CacheOutcome.MISS, integrationLatencyUs: 1_000 },
      { ...rest(0, 0), CacheHitCount: 0, CacheMissCount: 1, IntegrationLatency: 1 },
    ],
    ["of an HTTP API", http, { Count: 1, "4xx": 0, "5xx": 0, Latency: 12.5 }],
    [
      "of an HTTP API with bodies",
      { ...http, status: 404, requestBytes: 10, responseBytes: 90, integrationLatencyUs: 500 },
      { Count: 1, "4xx": 1, "5xx": 0, Latency: 12.5, IntegrationLatency: 0.5, DataProcessed: 100 },
    ],
    ["of an HTTP API that failed", { ...http, status: 500 }, { Count: 1, "4xx": 0, "5xx": 1, Latency: 12.5 }],
    [
      "to $connect with an integration",
      { ...ws, connectIntegration: true, integrationLatencyUs: 2_000 },
      { ConnectCount: 1, ...webSocket(0, 0, 0), IntegrationLatency: 2 },
    ],
    ["to $connect without one", ws, webSocket(0, 0, 0)],
    ["that is messages", { ...ws, messageCount: 3 }, { MessageCount: 3, ...webSocket(0, 0, 0) }],
    ["for no route", { ...ws, status: 400, fault: Fault.CLIENT }, webSocket(1, 0, 0)],
    ["that its function refused", { ...ws, status: 403, fault: Fault.INTEGRATION }, webSocket(0, 1, 0)],
    ["that could not be made", { ...ws, status: 500, fault: Fault.EXECUTION }, webSocket(0, 0, 1)],
    ["that is none, but minutes", { ...ws, connectionMinutes: 5 }, {}],
    ["of a node that does not say of which kind", { apiKind: ApiKind.UNSPECIFIED }, {}],
  ])("%s", (_what, given, wanted) => {
    const samples: [string, number][] = [];
    addSamples({ ...call, ...given }, ({ name }, value) => samples.push([name, value]));
    expect(Object.fromEntries(samples)).toEqual(wanted);
  });
});

const route: MeasuredRoute = {
  apiKind: ApiKind.REST,
  apiId: "abcdefghij",
  apiName: "pets",
  stage: "prod",
  httpMethod: "GET",
  resourcePath: "/pets/{id}",
  canary: false,
  detailedMetrics: false,
};
const detailed = { detailedMetrics: true };
const GET_PETS = "Resource=/pets/{id},Method=GET";

describe("the dimensions of a call", () => {
  it.each<[string, Partial<MeasuredRoute>, readonly string[]]>([
    ["of a REST API", {}, ["ApiName=pets", "ApiName=pets,Stage=prod"]],
    [
      "with detailed metrics",
      detailed,
      ["ApiName=pets", "ApiName=pets,Stage=prod", `ApiName=pets,Stage=prod,${GET_PETS}`],
    ],
    ["that no route takes", { ...detailed, resourcePath: "" }, ["ApiName=pets", "ApiName=pets,Stage=prod"]],
    [
      "of a canary",
      { ...detailed, canary: true },
      [
        "ApiName=pets",
        "ApiName=pets,Stage=prod",
        `ApiName=pets,Stage=prod,${GET_PETS}`,
        "ApiName=pets,Stage=prod/Canary",
        `ApiName=pets,Stage=prod/Canary,${GET_PETS}`,
      ],
    ],
    [
      "of an API whose name is not ASCII",
      { apiName: "" },
      ["ApiName=abcdefghij", "ApiName=abcdefghij,Stage=prod"],
    ],
    [
      "of an HTTP API",
      { apiKind: ApiKind.HTTP, ...detailed },
      ["ApiId=abcdefghij", "ApiId=abcdefghij,Stage=prod", `ApiId=abcdefghij,Stage=prod,${GET_PETS}`],
    ],
    [
      "of a WebSocket API",
      { apiKind: ApiKind.WEBSOCKET, resourcePath: "join", httpMethod: "MESSAGE", ...detailed },
      ["ApiId=abcdefghij", "ApiId=abcdefghij,Stage=prod", "ApiId=abcdefghij,Stage=prod,Route=join"],
    ],
  ])("%s", (_what, given, wanted) => {
    const sets = dimensionSets({ ...route, ...given });
    expect(sets.map((set) => set.map(({ name, value }) => `${name}=${value}`).join(","))).toEqual(wanted);
  });
});
