import { describe, expect, it } from "vitest";
import { type DomainConfig, kinds, type SpecOf } from "@tollgate/config";
import { Call, type Generation, type Route, Router, WholeExchange } from "@tollgate/pipeline";
import { LiveDomains } from "./live-domains.ts";

type LiveStage = Generation["stages"] extends ReadonlyMap<string, ReadonlyMap<string, infer S>> ? S : never;

const rest = (restApiId: string, stage?: string) => ({ restApiId, ...(stage ? { stage } : {}) });
const http = (apiId: string, stage: string) => ({ apiId, stage });
const rule = (priority: number, apiId: string, conditions: readonly object[], stripBasePath = false) => ({
  priority,
  conditions,
  actions: [{ invokeApi: { apiId, stage: "prod", stripBasePath } }],
});
const paths = (...anyOf: string[]) => ({ matchBasePaths: { anyOf } });
const headers = (...pairs: [string, string][]) => ({
  matchHeaders: { anyOf: pairs.map(([header, valueGlob]) => ({ header, valueGlob })) },
});

/** Domains as they are written. */
const DOMAINS: Readonly<Record<string, object>> = {
  "plain.example": { basePathMappings: { "(none)": rest("a", "prod") } },
  "one.example": { basePathMappings: { shop: rest("a", "prod") } },
  "empty.example": {},
  "deep.example": {
    basePathMappings: {
      "(none)": rest("d", "prod"),
      shop: rest("a", "prod"),
      "shop/v1": rest("b", "prod"),
      "shop/v1/beta": rest("c", "prod"),
      "a.b_c~": undefined,
      "odd.name_x-1": rest("e", "prod"),
    },
  },
  "staged.example": { basePathMappings: { shop: rest("a"), "(none)": rest("b") } },
  "http.example": {
    basePathMappings: { "(none)": http("h", "$default"), v2: http("h", "dev"), old: rest("a", "prod") },
  },
  "ignored.example": {
    basePathMappings: { shop: rest("a", "prod") },
    routingRules: { r1: rule(1, "b", []) },
  },
  "rules.example": {
    routingMode: "ROUTING_RULE_ONLY",
    basePathMappings: { shop: rest("a", "prod") },
    routingRules: {
      r1: rule(10, "a", [paths("v1", "v1/beta")], true),
      r2: rule(20, "b", [paths("v1/beta")]),
      r3: rule(30, "c", [headers(["X-Team", "red"], ["X-Team", "blue*"])]),
      r4: rule(40, "d", [paths("pets"), headers(["X-Version", "*2"])]),
      r5: rule(50, "e", [headers(["X-Both", "1"]), headers(["X-Other", "*mid*"])]),
    },
  },
  "mixed.example": {
    routingMode: "ROUTING_RULE_THEN_BASE_PATH_MAPPING",
    basePathMappings: { shop: rest("a", "prod"), "(none)": rest("d", "prod") },
    routingRules: {
      r1: rule(2, "b", [paths("/shop/")], true),
      r2: rule(1, "c", [headers(["x-canary", "*"])]),
    },
  },
  "all.example": { routingMode: "ROUTING_RULE_ONLY", routingRules: { r1: rule(1, "a", []) } },
  "*.wild.example": { basePathMappings: { "(none)": rest("a", "prod"), shop: rest("c", "prod") } },
  "exact.wild.example": { basePathMappings: { "(none)": rest("b", "prod") } },
};

const STAGES: Readonly<Record<string, readonly string[]>> = {
  a: ["prod", "dev"],
  b: ["prod", "dev"],
  c: ["prod"],
  d: ["prod"],
  e: ["prod"],
  h: ["$default", "dev"],
};

/** A stage that takes every path, and shows which it is. */
const stageOf = (apiId: string, name: string): LiveStage =>
  ({
    entry: { enter: () => undefined, unknownStage: { status: 404, headers: [], body: undefined } },
    context: { apiId, stageName: name },
    deploymentId: `${apiId}/${name}`,
    disableExecuteApiEndpoint: false,
    form: {},
    routes: { match: () => undefined, alike: () => [] },
    protections: new Set(),
    unmatchedRoute: () => ({}) as Route,
  }) as unknown as LiveStage;

const router = new Router();
const live = new LiveDomains("us-east-1");
const { delivery } = kinds.DomainName;
for (const [id, { basePathMappings = {}, ...given }] of Object.entries(DOMAINS) as [
  string,
  SpecOf<"DomainName">,
][]) {
  const kept = Object.fromEntries(
    Object.entries(basePathMappings).filter(([, mapping]) => mapping !== undefined),
  );
  const spec = kinds.DomainName.spec.parse({ ...given, basePathMappings: kept });
  if (delivery?.within !== "itself") throw new Error("domains are delivered by themselves");
  live.take(id, delivery.contentOf("000000000000", { apiId: "", id, spec }) as DomainConfig);
}
router.generation = {
  stages: new Map(
    Object.entries(STAGES).map(([api, names]) => [
      api,
      new Map(names.map((name) => [name, stageOf(api, name)])),
    ]),
  ),
  domains: live.all(),
};

/** Where a call goes, "api/stage path", or the status with which it is refused. */
function led(host: string, url: string, given: readonly string[] = []): string {
  const call = new Call({
    method: "GET",
    url,
    headers: ["Host", host, ...given],
    exchange: new WholeExchange(Buffer.alloc(0)),
    sourceIp: "192.0.2.1",
    protocol: "HTTP/1.1",
    tls: undefined,
    network: undefined,
    scheme: "http",
    port: 80,
    nowMs: 0,
    unixMs: 0,
  });
  const reply = router.route(call);
  return reply ? String(reply.status) : `${call.deploymentId} ${call.path}`;
}

describe("a call to a domain leads to", () => {
  it.each<[host: string, url: string, wanted: string, given?: readonly string[]]>([
    // One mapping of the whole domain.
    ["plain.example", "/", "a/prod /"],
    ["plain.example", "", "400"],
    ["plain.example", "/pets/7", "a/prod /pets/7"],
    ["plain.example", "/prod/pets", "a/prod /prod/pets"],
    ["plain.example", "//pets", "a/prod //pets"],
    ["plain.example", "/?x=/y", "a/prod /"],
    ["plain.example", "/ping", "200"],
    ["plain.example", "/sping?x", "200"],
    ["plain.example", "/ping/", "a/prod /ping/"],
    ["plain.example", "/_aws/execute-api/b/prod/pets", "a/prod /_aws/execute-api/b/prod/pets"],
    ["PLAIN.Example", "/pets", "a/prod /pets"],
    ["plain.example:8443", "/pets", "a/prod /pets"],
    ["plain.example.", "/pets", "a/prod /pets"],
    ["plain.example.:443", "/pets", "a/prod /pets"],
    ["sub.plain.example", "/pets", "403"],
    ["xplain.example", "/pets", "403"],
    ["example", "/pets", "403"],
    // One mapping with a base path.
    ["one.example", "/shop", "a/prod /"],
    ["one.example", "/shop/", "a/prod /"],
    ["one.example", "/shop/pets/7", "a/prod /pets/7"],
    ["one.example", "/shop?x=1", "a/prod /"],
    ["one.example", "//shop/pets", "a/prod /pets"],
    ["one.example", "/shop//pets", "a/prod //pets"],
    ["one.example", "/shopping", "403"],
    ["one.example", "/sho", "403"],
    ["one.example", "/Shop/pets", "403"],
    ["one.example", "/pets/shop", "403"],
    ["one.example", "/%73hop/pets", "a/prod /pets"],
    ["one.example", "/shop%2Fpets", "403"],
    ["one.example", "/shop;x/pets", "403"],
    ["one.example", "/x/../shop/pets", "400"],
    ["one.example", "/", "403"],
    ["one.example", "/prod/shop", "403"],
    ["empty.example", "/", "403"],
    ["empty.example", "/shop", "403"],
    // Several, the longest first.
    ["deep.example", "/", "d/prod /"],
    ["deep.example", "/shop", "a/prod /"],
    ["deep.example", "/shop/pets", "a/prod /pets"],
    ["deep.example", "/shop/v1", "b/prod /"],
    ["deep.example", "/shop/v1/", "b/prod /"],
    ["deep.example", "/shop/v1/pets", "b/prod /pets"],
    ["deep.example", "/shop/v10", "a/prod /v10"],
    ["deep.example", "/shop/v1beta", "a/prod /v1beta"],
    ["deep.example", "/shop/v1/beta", "c/prod /"],
    ["deep.example", "/shop/v1/beta/x", "c/prod /x"],
    ["deep.example", "/shop/v1/betamax", "b/prod /betamax"],
    ["deep.example", "/shop/v2/beta", "a/prod /v2/beta"],
    ["deep.example", "/shops", "d/prod /shops"],
    ["deep.example", "/v1/beta", "d/prod /v1/beta"],
    ["deep.example", "/odd.name_x-1/x", "e/prod /x"],
    ["deep.example", "/oddxname_x-1/x", "d/prod /oddxname_x-1/x"],
    ["deep.example", "/shop/v1%2Fbeta", "400"],
    ["deep.example", "/shop%2Fv1", "400"],
    ["deep.example", "/shop//v1/pets", "400"],
    ["deep.example", "/Shop/pets", "400"],
    ["deep.example", "/shop/V1/pets", "400"],
    ["deep.example", "/shop;x=1/pets", "400"],
    ["deep.example", "/shop/pets%2F7", "a/prod /pets%2F7"],
    ["deep.example", "/pets/A;b", "d/prod /pets/A;b"],
    // Without a stage, the next segment names it.
    ["staged.example", "/shop/prod/pets", "a/prod /pets"],
    ["staged.example", "/shop/dev", "a/dev /"],
    ["staged.example", "/shop/other/pets", "404"],
    ["staged.example", "/shop", "404"],
    ["staged.example", "/prod/pets", "b/prod /pets"],
    ["staged.example", "/dev", "b/dev /"],
    ["staged.example", "/", "404"],
    // HTTP APIs, and REST APIs beside them.
    ["http.example", "/pets", "h/$default /pets"],
    ["http.example", "/dev/pets", "h/$default /dev/pets"],
    ["http.example", "/v2/pets", "h/dev /pets"],
    ["http.example", "/v2", "h/dev /"],
    ["http.example", "/old/pets", "a/prod /pets"],
    // Routing rules.
    ["ignored.example", "/shop/pets", "a/prod /pets"],
    ["ignored.example", "/pets", "403"],
    ["rules.example", "/v1/pets", "a/prod /pets"],
    ["rules.example", "/v1", "a/prod /"],
    ["rules.example", "/v1/beta/x", "a/prod /x"],
    ["rules.example", "/v10", "403"],
    ["rules.example", "/shop/pets", "403"],
    ["rules.example", "/shop/pets", "c/prod /shop/pets", ["x-team", "red"]],
    ["rules.example", "/x", "c/prod /x", ["X-TEAM", "bluebird"]],
    ["rules.example", "/x", "403", ["x-team", "green"]],
    ["rules.example", "/x", "403", ["x-team", "Red"]],
    ["rules.example", "/x", "c/prod /x", ["x-team", "green", "x-team", "red"]],
    ["rules.example", "/pets/7", "d/prod /pets/7", ["x-version", "v2"]],
    ["rules.example", "/pets/7", "403", ["x-version", "v3"]],
    ["rules.example", "/petshop", "403", ["x-version", "v2"]],
    ["rules.example", "/x", "e/prod /x", ["x-both", "1", "x-other", "amidst"]],
    ["rules.example", "/x", "403", ["x-both", "1"]],
    ["rules.example", "/v1/x", "a/prod /x", ["x-team", "red"]],
    ["mixed.example", "/shop/pets", "b/prod /pets"],
    ["mixed.example", "/shop/pets", "c/prod /shop/pets", ["x-canary", ""]],
    ["mixed.example", "/pets", "d/prod /pets"],
    ["all.example", "/any/path", "a/prod /any/path"],
    // Wildcards are of one level, and an own domain is before them.
    ["a.wild.example", "/pets", "a/prod /pets"],
    ["A.Wild.Example:443", "/shop/x", "c/prod /x"],
    ["exact.wild.example", "/pets", "b/prod /pets"],
    ["exact.wild.example", "/shop/x", "b/prod /shop/x"],
    ["a.b.wild.example", "/pets", "403"],
    ["wild.example", "/pets", "403"],
    ["*.wild.example", "/pets", "400"],
    // The target may name the host; a list or a user is none.
    ["one.example", "http://deep.example/shop/v1/x", "b/prod /x"],
    ["plain.example, one.example", "/shop", "400"],
    ["user@plain.example", "/pets", "400"],
  ])("%s%s: %s", (host, url, wanted, given) => {
    expect(led(host, url, given)).toBe(wanted);
  });
});
