import { DEFAULT_ROUTE, type Problem, problemAt } from "@tollgate/config/runtime";
import type { Expression, RequestValues } from "@tollgate/mapping";
import type { Call } from "../../call/call.ts";
import { pathWithStage } from "../../call/call-paths.ts";
import { deny } from "../../call/errors.ts";
import { decodedSegment } from "../../call/path-form.ts";
import type { Reply } from "../../call/reply.ts";
import { readBodyParts, readWholeBody } from "../../call/request-body.ts";
import type { BuildOutcome } from "../../engine/build-outcome.ts";
import { facts } from "../../engine/facts.ts";
import type { Ports } from "../../engine/ports.ts";
import { callUpstream } from "../../upstream/call-upstream.ts";
import { joinQuery } from "../../upstream/query-string.ts";
import { ResponseRelay, type ShapeHead } from "../../upstream/response-relay.ts";
import type { UpstreamBody, UpstreamRequest } from "../../upstream/transport.ts";
import { compileEndpoint, type Endpoint, type EndpointOf } from "../../upstream/upstream-endpoint.ts";
import { compileUri, noValues, type UpstreamUri } from "../../upstream/upstream-uri.ts";
import { CallValues } from "../../values/call-values.ts";
import {
  compileRequestMapping,
  compileResponseMapping,
  type RequestMapping,
  type ResponseMapping,
} from "../mapping/parameter-mapping.ts";
import type { BuildInput, IntegrationOf } from "./build-input.ts";
import { httpHead, proxyHeaders } from "./proxy-headers.ts";

type HttpProxyInput = BuildInput<IntegrationOf<"HTTP_PROXY">>;

const invalidUri = deny("DEFAULT_5XX");
const unreachable = deny("API_CONFIGURATION_ERROR");

/** A listener behind a VPC link has no URL: the link says where it is, and the path goes on as it came. */
const LISTENER = /^arn:/;

/** Where a path parameter stands in a route: the segment, and whether it takes all that follow. */
interface Place {
  readonly segment: number;
  readonly isGreedy: boolean;
}

const placesOf = (routePath: string): ReadonlyMap<string, Place> =>
  new Map(
    routePath.split("/").flatMap((part, segment): [string, Place][] => {
      const [, name, greedy] = /^\{([^}+]+)(\+?)\}$/.exec(part) ?? [];
      return name === undefined ? [] : [[name, { segment, isGreedy: greedy === "+" }]];
    }),
  );

/** Path parameters as they go into a path again: those of other uses are decoded, and would lose which slashes were encoded. */
class PathValues extends CallValues {
  readonly #segments: readonly string[];
  readonly #places: ReadonlyMap<string, Place>;

  constructor(call: Call, places: ReadonlyMap<string, Place>) {
    super(call);
    this.#segments = call.path.split("/");
    this.#places = places;
  }

  override pathParameter(name: string): string {
    const { segment = 0, isGreedy = false } = this.#places.get(name) ?? {};
    const end = isGreedy ? this.#segments.length : segment + 1;
    return decodedSegment(this.#segments.slice(segment, end).join("/"));
  }
}

interface Target {
  readonly resolve: (call: Call) => UpstreamUri | undefined;
  readonly takesPath: "none" | "request" | "full";
  readonly endpointOf: EndpointOf;
}

/** Where a route's calls go: $default and private listeners take the path of the call along. */
function compileTarget(
  { integration, routePath, context, at }: HttpProxyInput,
  problems: Problem[],
): Target | undefined {
  const isListener = LISTENER.test(integration.integrationUri);
  const places = placesOf(routePath);
  const path = new Map<string, Expression<RequestValues>>(
    [...places.keys()].map((name) => [name, (values) => values.pathParameter(name)]),
  );
  const uri = compileUri(
    isListener ? "http://listener" : integration.integrationUri,
    context.stageVariables,
    {
      path,
      overridable: false,
    },
  );
  if (!uri.ok)
    for (const name of uri.unsourced)
      problems.push(problemAt(`${at}.integrationUri`, facts.URI_PART_NOT_IN_ROUTE({ name, routePath })));
  const { connectionType, connectionId, tlsConfig } = integration;
  const listener = isListener ? integration.integrationUri : undefined;
  const endpoint = compileEndpoint({ connectionType, connectionId, tlsConfig, listener }, context, at);
  if (!endpoint.ok) problems.push(...endpoint.problems);
  if (!uri.ok || !endpoint.ok) return undefined;
  const takesPath = isListener ? "full" : routePath === DEFAULT_ROUTE ? "request" : "none";
  const { resolve } = uri;
  const fill =
    places.size === 0 ? () => resolve(noValues) : (call: Call) => resolve(new PathValues(call, places));
  return { resolve: fill, takesPath, endpointOf: endpoint.endpointOf };
}

const joined = (base: string, path: string) => (base.endsWith("/") ? base.slice(0, -1) : base) + path;

/** The head of a response as a mapping leaves it; a response that streams has no body to read. */
const mappedHead =
  (mapping: ResponseMapping): ShapeHead =>
  (call, status, headers) => {
    const head = httpHead(call, status, headers);
    return { ...head, ...mapping.apply(call, status, head.headers, { headers, body: undefined }) };
  };

/** httpProxy passes a call on to an HTTP upstream and streams its response back, with headers, query and status mapped where asked for. */
export function httpProxy(input: HttpProxyInput): BuildOutcome {
  const { integration, context, ports, at } = input;
  const problems: Problem[] = [];
  const target = compileTarget(input, problems);
  const { stageVariables } = context;
  const request = compileRequestMapping(integration.requestParameters, stageVariables, at, problems);
  const response = compileResponseMapping(integration.responseParameters, stageVariables, at, problems);
  if (!target || problems.length > 0) return { ok: false, problems };
  const { timeoutInMillis: timeoutMs, integrationMethod } = integration;
  const fixedMethod = integrationMethod === "ANY" ? undefined : integrationMethod;
  const readsBody = (request?.readsBody ?? false) || (response?.readsRequestBody ?? false);
  /** Nobody but the upstream reads it. */
  const passesBody = !readsBody && !response?.readsBody;
  const shape = response ? mappedHead(response) : httpHead;

  const send = (call: Call, body: UpstreamBody | undefined): Reply | Promise<Reply | undefined> => {
    const uri = target.resolve(call);
    if (!uri) return invalidUri;
    const reached = target.endpointOf(uri.origin);
    if (!reached) return unreachable;
    const isWhole = response?.readsBody ?? false;
    // Before the headers are made: they name its span.
    if (!isWhole) call.beginIntegration(performance.now(), reached.origin);
    const outgoing = requestFor(call, uri, reached, target.takesPath, request);
    const upstream: UpstreamRequest = {
      ...outgoing,
      method: fixedMethod ?? call.method,
      body,
      timeoutMs,
      isServiceCall: false,
    };
    if (response && isWhole) return whole(call, upstream, response, ports);
    return new Promise((settle) => {
      const relay = new ResponseRelay(call, shape, settle);
      relay.control = ports.transport.send(upstream, relay);
    });
  };

  return {
    ok: true,
    integrate: (call) => {
      if (!call.hasBody && !readsBody) return send(call, undefined);
      // Read first: no connection of the upstream, and none of the integration's time, is spent on a client that sends slowly.
      const read: UpstreamBody | Promise<UpstreamBody> = passesBody
        ? readBodyParts(call)
        : readWholeBody(call);
      return read instanceof Promise ? read.then((body) => send(call, body)) : send(call, read);
    },
  };
}

type Outgoing = Pick<UpstreamRequest, "origin" | "path" | "tls"> & { readonly headers: string[] };

function requestFor(
  call: Call,
  uri: UpstreamUri,
  reached: Endpoint,
  takesPath: "none" | "request" | "full",
  mapping: RequestMapping | undefined,
): Outgoing {
  const added = takesPath === "full" ? pathWithStage(call) : takesPath === "request" ? call.path : undefined;
  const mapped = {
    headers: proxyHeaders(call),
    query: joinQuery(uri.query, call.query, [], undefined),
    path: added === undefined ? uri.path : joined(uri.path, added),
  };
  mapping?.apply(call, mapped);
  const isMapped = mapped.headers.some((name, i) => i % 2 === 0 && name.toLowerCase() === "host");
  if (reached.host !== undefined && !isMapped) mapped.headers.push("host", reached.host);
  return {
    origin: reached.origin,
    tls: reached.tls,
    headers: mapped.headers,
    path: mapped.query === "" ? mapped.path : `${mapped.path}?${mapped.query}`,
  };
}

/** A response whose body a mapping reads is complete before any of it is sent. */
async function whole(
  call: Call,
  request: UpstreamRequest,
  mapping: ResponseMapping,
  { transport }: Ports,
): Promise<Reply> {
  const response = await callUpstream(call, transport, request, `${request.origin}${request.path}`);
  const { headers } = httpHead(call, response.status, response.headers);
  return { ...mapping.apply(call, response.status, headers, response), body: response.body };
}
