import { LRUCache } from "lru-cache";
import type { BasePathMapping } from "@tollgate/config";
import type { DomainAccess } from "../authorization/domain-access.ts";
import type { Call } from "../call/call.ts";
import { UNNAMED_STAGE } from "../call/call-paths.ts";
import { deny } from "../call/errors.ts";
import { firstHeader } from "../call/header-lookup.ts";
import { type AmbiguousPaths, hasReadings, readingsOf } from "../call/path-form.ts";
import type { Reply } from "../call/reply.ts";
import { hasPathStyle, hostName } from "./host-name.ts";
import { readHead } from "./request-head.ts";
import { isConfusing } from "./resolved-route.ts";
import { mappingsFor } from "./routing-rules.ts";
import type { LiveStage } from "./stage.ts";
import { isStrictlyNamed, meets } from "./transport-rules.ts";

const PATH_STYLE = "/_aws/execute-api/";
const HOST_STYLE = /^([a-z0-9]{1,32})(?:-(vpce-[a-z0-9]+))?\.execute-api\./i;
/** The host of a VPC endpoint: a header says which API is meant. */
const ENDPOINT_HOST = /^(vpce-[a-z0-9]+)(?:-[a-z0-9-]+)?\.execute-api\.[a-z0-9-]+\.vpce\./i;
const API_ID_HEADER = "x-apigw-api-id";
/** In the place of an API's id: the header names it. */
const BY_HEADER = "*";
/** Paths of custom domains that AWS replies to itself. */
const HEALTH_PATHS = new Set(["/ping", "/sping"]);
const HOSTS_REMEMBERED_MAX = 10_000;

/** LiveDomain is a custom domain, and what it asks of the connections of its calls. */
export interface LiveDomain {
  readonly domainName: string;
  /** Its account, as far as its certificate tells; undefined: it has none. */
  readonly owner: string | undefined;
  /** Routing rules and base paths, in the order in which they are tried. */
  readonly mappings: readonly BasePathMapping[];
  /** Callers must have shown a certificate that it trusts, to it. */
  readonly wantsClientCertificate: boolean;
  /** Only private networks lead to it, and it decides which calls it takes from them; undefined: only public ports do. */
  readonly access: DomainAccess | undefined;
  /** Edge nodes lead to it as well (AWS: endpoint type EDGE). */
  readonly isEdgeOptimized: boolean;
  /** The name that a client asked for in its handshake must be that of its calls (AWS: endpoint access mode STRICT). */
  readonly isStrict: boolean;
}

/** Generation is everything that is live. Replaced whole, never changed. */
export interface Generation {
  /** Stages by API and name. */
  readonly stages: ReadonlyMap<string, ReadonlyMap<string, LiveStage>>;
  /** Custom domains by Host. */
  readonly domains: ReadonlyMap<string, LiveDomain>;
}

/** What a router does with addresses, as the operator decides. */
export interface AddressRules {
  readonly ambiguousPaths: AmbiguousPaths;
  /** Whether /_aws/execute-api/{apiId} is an address. */
  readonly pathStyle: boolean;
  /** Hosts at which it is one, besides those of `hasPathStyle`: `HOST_PATTERN`. */
  readonly pathStyleHosts: readonly string[];
}

const SAFE: AddressRules = { ambiguousPaths: "refuse", pathStyle: true, pathStyleHosts: [] };

/** What a Host says of the APIs that it leads to. */
interface HostMeaning {
  /** "": it names none. */
  readonly apiId: string;
  /** The VPC endpoint that it names, in lower case; "": none. */
  readonly vpcEndpointId: string;
  readonly hasPathStyle: boolean;
}

/** Router finds the stage and the route of a call. Swapping the generation is one assignment. */
export class Router {
  generation: Generation = { stages: new Map(), domains: new Map() };
  readonly #rules: AddressRules;
  /** Of each Host seen lately. */
  readonly #meanings = new LRUCache<string, HostMeaning>({ max: HOSTS_REMEMBERED_MAX });

  constructor(rules: AddressRules = SAFE) {
    this.#rules = rules;
  }

  #meaningOf(host: string): HostMeaning {
    return this.#meanings.get(host) ?? this.#remember(host);
  }

  #remember(host: string): HostMeaning {
    const { pathStyle, pathStyleHosts } = this.#rules;
    const [, ofEndpoint] = ENDPOINT_HOST.exec(host) ?? [];
    const [, apiId, ofApi] = HOST_STYLE.exec(host) ?? [];
    const meaning = {
      apiId: apiId ?? (ofEndpoint === undefined ? "" : BY_HEADER),
      vpcEndpointId: (ofEndpoint ?? ofApi ?? "").toLowerCase(),
      hasPathStyle: pathStyle && hasPathStyle(host, pathStyleHosts),
    };
    this.#meanings.set(host, meaning);
    return meaning;
  }

  /**
   * route places the call: sets its stage, route, path and parameters. A reply means that there is no such API or stage, or no such request
   * in HTTP. The three addresses of AWS are served: Host {apiId}.execute-api.{anything} with /{stage}/{path}, for private APIs also
   * {apiId}-{vpce id} or the host of a VPC endpoint with x-apigw-api-id; a custom domain by its Host with /{base path}/{path}; and
   * /_aws/execute-api/{apiId}/{stage}/{path} on Hosts that are nobody's domain (`hasPathStyle`).
   */
  route(call: Call): Reply | undefined {
    const refused = readHead(call, this.#rules.ambiguousPaths);
    if (refused) return refused;
    const { url } = call;
    const queryAt = url.indexOf("?");
    const pathEnd = queryAt < 0 ? url.length : queryAt;
    call.query = queryAt < 0 ? "" : url.slice(queryAt + 1);
    const { domains } = this.generation;
    const domain = domains.size === 0 ? undefined : domainOf(domains, hostName(call.host));
    if (domain) return isAdmitted(domain, call) ? this.#byDomain(call, domain.mappings, pathEnd) : unknownApi;
    const { apiId, vpcEndpointId, hasPathStyle: isPathStyle } = this.#meaningOf(call.host);
    if (vpcEndpointId !== "" && !this.#isReachedThrough(call, apiId, vpcEndpointId)) return unknownApi;
    if (isPathStyle && url.startsWith(PATH_STYLE)) {
      const end = segmentEnd(url, PATH_STYLE.length, pathEnd);
      return this.#byStageSegment(call, url.slice(PATH_STYLE.length, end), end, pathEnd, false);
    }
    const named = apiId === BY_HEADER ? firstHeader(call.headers, API_ID_HEADER) : apiId;
    return this.#byStageSegment(call, named, 0, pathEnd, false);
  }

  /** Whether a call came through the VPC endpoint that its Host names. A Host of an API and an endpoint is one only where the API is associated with it. */
  #isReachedThrough({ network }: Call, apiId: string, vpcEndpointId: string): boolean {
    if (network?.vpcEndpointId !== vpcEndpointId) return false;
    if (apiId === BY_HEADER) return true;
    const [stage] = this.generation.stages.get(apiId)?.values() ?? [];
    return stage?.vpcEndpointIds?.includes(vpcEndpointId) === true;
  }

  #byDomain(call: Call, all: readonly BasePathMapping[], pathEnd: number): Reply | undefined {
    const { url } = call;
    if (HEALTH_PATHS.has(url.slice(0, pathEnd))) return healthy;
    const mappings = mappingsFor(all, call);
    const mapping = mappingOf(mappings, url, pathEnd);
    if (!mapping) return unknownApi;
    call.mapping = mapping;
    const { basePath, apiId, stage, keepsPath } = mapping;
    const path = url.slice(0, pathEnd);
    // The upstream of one API must not be a way past another API of the domain.
    if (mappings.length > 1 && leadsToOtherMapping(mappings, mapping, path)) return confusing;
    const from = basePath === "" || keepsPath ? 0 : slashesEnd(url) + basePath.length;
    if (stage === undefined) return this.#byStageSegment(call, apiId, from, pathEnd, true);
    const stages = this.generation.stages.get(apiId);
    const live = stages?.get(stage);
    if (!live) return noStage(call, stages?.values().next().value, true);
    return place(call, live, from < pathEnd ? url.slice(from, pathEnd) : "/", true);
  }

  /** The next path segment names the stage; slashes in front of it collapse. */
  #byStageSegment(
    call: Call,
    apiId: string,
    from: number,
    pathEnd: number,
    custom: boolean,
  ): Reply | undefined {
    const { url } = call;
    let start = from;
    while (url.charCodeAt(start) === SLASH) start++;
    const end = segmentEnd(url, start, pathEnd);
    const stages = this.generation.stages.get(apiId);
    const named = stages?.get(url.slice(start, end));
    if (named) return place(call, named, end < pathEnd ? url.slice(end, pathEnd) : "/", custom);
    // An HTTP API may have a stage that is served without its name.
    const unnamed = stages?.get(UNNAMED_STAGE);
    if (unnamed) {
      const path = from < pathEnd ? url.slice(from, pathEnd) : "/";
      return stages && leadsToOther(stages, path) ? confusing : place(call, unnamed, path, custom);
    }
    return noStage(call, stages?.values().next().value, custom);
  }
}

/** domainOf is the domain of a name: the domain itself, else the wildcard of one level. */
const domainOf = (domains: Generation["domains"], name: string): LiveDomain | undefined =>
  domains.get(name) ?? domains.get(`*${name.slice(name.indexOf("."))}`);

/** Whether a domain takes a call by the connection that it came on: one that has shown its certificate to another domain has shown this one none. */
function isAdmitted(domain: LiveDomain, call: Call): boolean {
  const { tls, network, edge } = call;
  const { domainName, owner, wantsClientCertificate, access, isEdgeOptimized, isStrict } = domain;
  if (edge && !isEdgeOptimized) return false;
  if ((access !== undefined) !== (network !== undefined) || access?.admits(call) === false) return false;
  if (wantsClientCertificate) {
    // A domain may have passed to another account, which does not trust whom the one before did.
    const isShownToIt = tls?.domainName === domainName && tls.domainOwner === owner;
    if (!isShownToIt || !tls.clientCertificate) return false;
  }
  return !isStrict || isStrictlyNamed(call);
}

/** Whether a path that is of the unnamed stage is one of a named stage for servers that read it otherwise. */
const leadsToOther = (stages: ReadonlyMap<string, LiveStage>, path: string): boolean =>
  stages.size > 1 &&
  hasReadings(path) &&
  readingsOf(path).some((one) => {
    const start = slashesEnd(one);
    return stages.has(one.slice(start, segmentEnd(one, start, one.length)));
  });

/** Whether a path of a domain is one of another base path for servers that read it otherwise. */
function leadsToOtherMapping(
  mappings: readonly BasePathMapping[],
  { basePath }: BasePathMapping,
  path: string,
): boolean {
  if (!hasReadings(path) && !/[A-Z]/.test(path)) return false;
  const folded = mappings.map((one) => ({ ...one, basePath: one.basePath.toLowerCase() }));
  return readingsOf(path).some(
    (one) => mappingOf(folded, one.toLowerCase(), one.length)?.basePath !== basePath.toLowerCase(),
  );
}

/** slashesEnd is where a path begins after slashes that follow one another. */
function slashesEnd(url: string): number {
  let start = 0;
  while (url.charCodeAt(start) === SLASH) start++;
  return start;
}

/** mappingOf is the first mapping whose base path a path begins with. */
function mappingOf(
  mappings: readonly BasePathMapping[],
  url: string,
  pathEnd: number,
): BasePathMapping | undefined {
  const start = slashesEnd(url);
  for (const mapping of mappings) {
    const { basePath } = mapping;
    const end = start + basePath.length;
    if (basePath === "") return mapping;
    if (url.startsWith(basePath, start) && (end === pathEnd || url.charCodeAt(end) === SLASH)) return mapping;
  }
  return undefined;
}

/** enterStage makes a call one of a stage, before its route is known. */
export function enterStage(call: Call, stage: LiveStage, path: string): void {
  stage.entry.enter(call);
  call.form = stage.form;
  call.deploymentId = stage.deploymentId;
  call.path = path;
}

/**
 * Whether a call came from where an API is served: private networks for private APIs, the Internet for all others, and edge nodes for edge-optimized
 * ones. Of a custom domain its own endpoint type says whether edge nodes lead to it, and its APIs may be regional ones.
 */
const isServedThere = (
  { vpcEndpointIds, isEdgeOptimized }: LiveStage,
  { network, edge }: Call,
  custom: boolean,
): boolean =>
  (vpcEndpointIds !== undefined) === (network !== undefined) && (!edge || custom || isEdgeOptimized === true);

/** place sets a call's stage, route, path and parameters. */
function place(call: Call, live: LiveStage, path: string, custom: boolean): Reply | undefined {
  if (!isServedThere(live, call, custom) || (live.transport && !meets(live.transport, call)))
    return unknownApi;
  if (!custom && live.disableExecuteApiEndpoint) {
    live.entry.enter(call);
    return live.entry.disabledEndpoint;
  }
  // Each call decides for itself (AWS: canary release deployment); nothing makes a client stay.
  const stage = live.canary && Math.random() < live.canary.share ? live.canary.stage : live;
  enterStage(call, stage, path);
  call.isAtDomain = custom;
  const match = stage.routes.match(path, call.method);
  if (match && isConfusing(call, match.value, stage)) {
    call.route = stage.unmatchedRoute(call.method);
    return confusing;
  }
  if (match) {
    call.route = match.value;
    call.parameterValues = match.parameterValues;
  } else call.route = stage.unmatchedRoute(call.method);
  return undefined;
}

/** The reply where an API has no stage of the name; `other` is one that it has. */
function noStage(call: Call, other: LiveStage | undefined, custom: boolean): Reply {
  // Nor does one from another network learn that there is such an API.
  if (!other || !isServedThere(other, call, custom)) return unknownApi;
  other.entry.enter(call);
  return other.entry.unknownStage;
}

/** segmentEnd is where the path segment that begins at `start` ends. */
function segmentEnd(url: string, start: number, pathEnd: number): number {
  const end = url.indexOf("/", start);
  return end < 0 || end > pathEnd ? pathEnd : end;
}

const SLASH = 47;
const healthy: Reply = {
  status: 200,
  headers: ["Content-Type", "text/plain"],
  body: "Healthy Connection",
};
const confusing = deny("DEFAULT_4XX");
const unknownApi = deny("UNKNOWN_STAGE");
