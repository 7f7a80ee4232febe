import { randomUUID } from "node:crypto";
import type { BasePathMapping, Integration, ThrottleSettings } from "@tollgate/config";
import {
  formatTraceHeader,
  newTraceRoot,
  parseTraceHeader,
  parseTraceparent,
  randomBase64,
  randomHex,
  type TraceHeader,
} from "@tollgate/telemetry";
import type { AuthorizerResult, Identity } from "../authorization/identity.ts";
import type { CallInit } from "./call-init.ts";
import { pathOfUrl } from "./call-paths.ts";
import { CallTrace, type WriteTrace } from "./call-trace.ts";
import type { CallerKey, ConnectionKey } from "./caller-key.ts";
import type { EdgeNode } from "./edge-node.ts";
import type { Exchange } from "./exchange.ts";
import type { ExecutionLog } from "./execution-log.ts";
import { CAME_BY, HeaderRule, headerRule, READ_BY_CALLS, withoutDropped } from "./header-rules.ts";
import type { PrivateNetwork } from "./private-network.ts";
import type { Refusal, Reply } from "./reply.ts";
import type { ResponseMeters } from "./response-meters.ts";
import type { RouteContext } from "./route-context.ts";
import type { TlsSession } from "./tls-session.ts";
import type { WafOutcome } from "./waf-outcome.ts";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Filter may reply to a call; undefined: the call goes on. */
export type Filter = (call: Call) => Reply | undefined | Promise<Reply | undefined>;
/** Integrate gives the reply to a call; undefined: the response was streamed. */
export type Integrate = (call: Call) => Reply | Promise<Reply | undefined>;
/** Observer watches a call that has its response. It must not throw and cannot change the response. */
export type Observer = (call: Call) => void;

/** Route is a compiled method of a REST API, or a route of an HTTP or WebSocket API. Immutable. */
export interface Route {
  readonly context: RouteContext;
  readonly resourceId: string;
  /** Template such as /pets/{petId}; empty for calls that no route takes. */
  readonly resourcePath: string;
  /** ANY for a route that takes every method. */
  readonly httpMethod: string;
  /** What policies know its calls by, below their stage; absent: the method and the path of each. */
  readonly arnResource?: string;
  /** $context.{name} of one of its calls, as its protocol has it; undefined: it is not there. */
  readonly contextVariable: (call: Call, name: string) => string | undefined;
  /** How many messages a call of it is metered as; absent: it is metered as a call. */
  readonly messagesOf?: (call: Call) => number;
  /** What it asks callers for, so that routes can be compared; empty: nothing. */
  readonly protection: string;
  /** Its integration shows the path of a call to an upstream that may resolve it. */
  readonly showsPath: boolean;
  /** Names of the path parameters in their order. */
  readonly parameterNames: readonly string[];
  /** What its settings allow all callers together; undefined: no limit of its own. */
  readonly throttle: ThrottleSettings | undefined;
  /** Metrics are kept for it alone, besides those of its stage. */
  readonly hasOwnMetrics: boolean;
  readonly inbound: readonly Filter[];
  /** undefined: the gateway itself replies. */
  readonly integrationType: Integration["type"] | undefined;
  readonly integrate: Integrate;
  readonly observers: readonly Observer[];
}

/** ResponseForm is the form that a protocol, or one API, gives to what leaves the gateway. */
export interface ResponseForm {
  /** Bodies of this size and larger are compressed; undefined: none is. */
  readonly compressedFromBytes: number | undefined;
  /** A refusal as the API words it. */
  refused(call: Call, reply: Reply): Reply;
  /** A head with what every response has besides. May change `headers`. */
  finishHead(call: Call, headers: string[]): string[];
}

/** gatewayForm is the form where no API says otherwise. */
export const gatewayForm: ResponseForm = {
  compressedFromBytes: undefined,
  refused: (_call, reply) => reply,
  finishHead(call, headers) {
    headers.push("x-amzn-RequestId", call.requestId, "x-amz-apigw-id", call.extendedRequestId);
    return headers;
  },
};

/** Call is one request in flight. All members exist from the start; the parts named "later" are set once, by the part of the path named. */
export class Call {
  readonly exchange: Exchange;
  /** Address at the other end of the connection. */
  readonly peerIp: string;
  /** Address of the caller. */
  readonly sourceIp: string;
  readonly protocol: string;
  /** What the TLS of its connection says; undefined: it has none. */
  readonly tls: TlsSession | undefined;
  /** The private network that it came from; undefined: it came to a public port. */
  readonly network: PrivateNetwork | undefined;
  /** The edge node that relayed it; undefined: it came to this node. */
  readonly edge: EdgeNode | undefined;
  readonly scheme: "http" | "https";
  readonly port: number;
  readonly startMs: number;
  readonly startUnixMs: number;

  /** As it was sent, whatever the protocol makes of it. */
  readonly signedMethod: string;
  method: string;
  /** As it was sent until the router reads it: then in origin form, with its path in normal form. */
  url: string;
  headers: readonly string[];

  // Read from the headers in one pass.
  host = "";
  hostCount = 0;
  /** The client would rather speak another protocol. */
  wantsUpgrade = false;
  /** X-HTTP-Method-Override was sent; the protocol decides whether it counts. */
  hasMethodOverride = false;
  #requestId = "";
  /** Value of Connection, where it names more than keep-alive or close. */
  connection = "";
  contentType = "";
  userAgent = "";
  /** -1: none was sent. */
  contentLengthBytes = -1;
  /** Its body ends where the stream of HTTP says so. */
  chunked = false;
  /** Values of all Transfer-Encodings. */
  transferEncoding = "";
  /** Names and values of all headers. */
  headersBytes = 0;
  /** X-Forwarded-For and Forwarded as the client sent them, what repeats joined; empty: not sent. */
  clientForwardedFor = "";
  clientForwarded = "";
  #traceHeader = "";
  #traceparent = "";
  readonly extendedRequestId: string;

  // Later: the router.
  #signedPath = "";
  form: ResponseForm = gatewayForm;
  deploymentId: string | undefined = undefined;
  route: Route | undefined = undefined;
  /** Path below the stage in normal form, not decoded, begins with "/". */
  path = "/";
  /** The call came to a custom domain, which shows neither the API nor, mostly, the stage. */
  isAtDomain = false;
  /** What of the domain led to the stage. */
  mapping: BasePathMapping | undefined = undefined;
  /** Raw query string without "?". */
  query = "";
  parameterValues: readonly string[] = [];

  // Later: authorization and API keys.
  identity: Identity | undefined = undefined;
  authorizer: AuthorizerResult | undefined = undefined;
  apiKey: CallerKey | undefined = undefined;
  /** Of a message on a connection that was opened with a key. The key counted for the handshake, and counts for nothing else. */
  connectionKey: ConnectionKey | undefined = undefined;
  /** Time that an authorizer's function took, its status at Lambda (0: it was not asked), and the id of that request. */
  authorizerMs = 0;
  authorizerStatus = 0;
  authorizerRequestId = "";
  /** Time that it took to find who signed, and what they may do. */
  authenticationMs = 0;
  authorizationMs = 0;

  /** Later: what only calls of one protocol have. The protocol's folder has its class, and creates it when it needs it. */
  protocolState: object | undefined = undefined;

  /** Later: what its stage's web ACL did with it; undefined: there is none. */
  waf: WafOutcome | undefined = undefined;
  /** Time that the web ACL took. */
  wafMs = 0;

  // Later: whoever needs the whole body first.
  wholeBody: Buffer | undefined = undefined;
  /** Why the gateway itself replied. */
  refusal: Refusal | undefined = undefined;
  /** Steps of the call as AWS's execution log shows them; undefined: nobody reads them. */
  log: ExecutionLog | undefined = undefined;

  /** Later: what of its response is metered, besides that it is a call; undefined: nothing is. */
  meters: ResponseMeters | undefined = undefined;

  // Later: tracing.
  #trace: TraceHeader | undefined = undefined;
  /** undefined: the call is not sampled. */
  traced: CallTrace<Call> | undefined = undefined;

  // Later: the integration and the exchange.
  requestBytes = 0;
  responseBytes = 0;
  /** The response was passed on while it came. */
  isStreamed = false;
  status = 0;
  endMs = 0;
  integrationMs = 0;
  /** Of the integration's endpoint: its status (0: not asked), its headers, why it failed, and the status that a function returned (0: none). */
  endpointStatus = 0;
  endpointHeaders: readonly string[] | undefined = undefined;
  endpointError = "";
  functionStatus = 0;
  #integrationStartMs = 0;

  constructor(init: CallInit) {
    this.signedMethod = init.method;
    this.method = init.method;
    this.url = init.url;
    this.headers = init.headers;
    this.exchange = init.exchange;
    this.peerIp = init.sourceIp;
    this.protocol = init.protocol;
    this.tls = init.tls;
    this.network = init.network;
    this.edge = init.edge;
    this.scheme = init.scheme;
    this.port = init.port;
    this.startMs = init.nowMs;
    this.startUnixMs = init.unixMs;
    this.extendedRequestId = randomBase64(11);
    this.#readHeaders();
    if (init.hasUnsizedBody && this.contentLengthBytes < 0) this.chunked = true;
    this.sourceIp = init.callerOf?.(init.sourceIp, this.clientForwardedFor) ?? init.sourceIp;
  }

  #readHeaders(): void {
    const { headers } = this;
    let dropped = 0;
    for (let i = 0; i < headers.length; i += 2) {
      const name = headers[i] as string;
      const value = headers[i + 1] as string;
      this.headersBytes += name.length + value.length;
      const rule = headerRule(name);
      if ((rule & READ_BY_CALLS) === 0) continue;
      if (rule & HeaderRule.HOST) {
        this.host = value;
        this.hostCount++;
      } else if (rule & HeaderRule.CONTENT_LENGTH) this.contentLengthBytes = Number(value);
      else if (rule & HeaderRule.TRANSFER_ENCODING) {
        this.chunked = true;
        this.transferEncoding += this.transferEncoding === "" ? value : `,${value}`;
      } else if (rule & HeaderRule.CONTENT_TYPE) this.contentType = value;
      else if (rule & HeaderRule.USER_AGENT) this.userAgent = value;
      else if (rule & HeaderRule.CONNECTION) {
        if (value !== "keep-alive" && value !== "close")
          this.connection = this.connection ? `${this.connection},${value}` : value;
      } else if (rule & HeaderRule.METHOD_OVERRIDE) this.hasMethodOverride = true;
      else if (rule & HeaderRule.REQUEST_ID && UUID.test(value)) this.#requestId = value;
      else if (rule & HeaderRule.UPGRADE) this.wantsUpgrade = true;
      else if (rule & CAME_BY) this.#readWay(rule, value);
      else dropped |= rule & HeaderRule.DROPPED;
    }
    if (dropped) this.headers = withoutDropped(headers);
  }

  /** Whom the call went through before, and in which trace. */
  #readWay(rule: number, value: string): void {
    if (rule & HeaderRule.TRACE_ID) this.#traceHeader = value;
    else if (rule & HeaderRule.TRACEPARENT) this.#traceparent = value;
    else if (rule & HeaderRule.FORWARDED_FOR)
      this.clientForwardedFor = joined(this.clientForwardedFor, value);
    else if (rule & HeaderRule.FORWARDED_BY) this.clientForwarded = joined(this.clientForwarded, value);
  }

  /** As the client or the protocol says; else a new one. */
  get requestId(): string {
    return (this.#requestId ||= randomUUID());
  }

  set requestId(id: string) {
    this.#requestId = id;
  }

  /** Of a request line that names another host: RFC 9112, 3.2.2 lets it take the place of the Host that was sent. */
  moveTo(host: string): void {
    this.host = host;
    this.headers = [
      "Host",
      host,
      ...this.headers.filter((_, i, all) => (headerRule(all[i - (i % 2)] as string) & HeaderRule.HOST) === 0),
    ];
  }

  /** The path as it was sent: signatures are made over it. */
  get signedPath(): string {
    return this.#signedPath || pathOfUrl(this.url);
  }

  set signedPath(path: string) {
    this.#signedPath = path;
  }

  get hasBody(): boolean {
    return this.chunked || this.contentLengthBytes > 0;
  }

  #incomingTrace(): TraceHeader | undefined {
    if (this.#traceHeader) return parseTraceHeader(this.#traceHeader);
    return this.#traceparent ? parseTraceparent(this.#traceparent) : undefined;
  }

  /** beginTrace decides whether the call is sampled before anything is built, and begins its trace if so. */
  beginTrace(
    sample: (call: Call, incoming: TraceHeader | undefined) => string | undefined,
    write: WriteTrace<Call>,
  ): void {
    const incoming = this.#incomingTrace();
    this.#trace = incoming;
    const rule = sample(this, incoming);
    if (rule !== undefined)
      this.traced = new CallTrace<Call>(incoming, { startUnixMs: this.startUnixMs, rule, write });
  }

  /**
   * traceHeader is the X-Amzn-Trace-Id that goes to the upstream. A Root that came is kept; the Parent is the subsegment of what is called, or
   * where the call is not sampled the Parent that came, or a new one.
   */
  traceHeader(): string {
    if (this.traced) return this.traced.header();
    this.#trace ??= this.#incomingTrace() ?? {
      root: newTraceRoot(this.startUnixMs),
      parent: undefined,
      sampled: undefined,
    };
    const { root, parent, sampled } = this.#trace;
    return formatTraceHeader(root, parent ?? randomHex(8), sampled ?? parent !== undefined);
  }

  /** traceRoot is the id of the call's trace, as X-Ray shows it. */
  traceRoot(): string {
    return /^Root=([^;]*)/.exec(this.traceHeader())?.[1] ?? "";
  }

  /** Id of the trace that the call belongs to, as X-Ray shows it; empty: nobody has begun one. */
  get traceId(): string {
    return (this.traced ?? this.#trace ?? this.#incomingTrace())?.root ?? "";
  }

  /** traceparent goes to the upstream beside it where the call is sampled. */
  traceparent(): string | undefined {
    return this.traced?.traceparent();
  }

  /** beginIntegration is called before the headers of its request are made, which have the ids of its subsegment, and again when it is sent. */
  beginIntegration(nowMs: number, upstream: string): void {
    this.#integrationStartMs = nowMs;
    this.traced?.beginIntegration(nowMs, upstream);
  }

  endIntegration(nowMs: number, status: number): void {
    this.integrationMs = nowMs - this.#integrationStartMs;
    this.endpointStatus = status;
    this.traced?.endIntegration(nowMs, status);
  }

  endTrace(): void {
    this.traced?.write(this, this.traced);
  }
}

/** Lines of a header that is a list are one list. */
const joined = (before: string, value: string) => (before === "" ? value : `${before}, ${value}`);
