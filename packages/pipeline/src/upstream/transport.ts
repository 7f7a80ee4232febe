import { BodyParts } from "../call/body-parts.ts";

/** UpstreamBody is the body of a request to an upstream: as one, or in parts. */
export type UpstreamBody = Buffer | BodyParts;

/** wholeBody is such a body as one. Parts are copied, and given back. */
export function wholeBody(body: UpstreamBody | undefined): Buffer | undefined {
  if (!(body instanceof BodyParts)) return body;
  const whole = Buffer.concat(body.parts);
  body.sent();
  return whole;
}

/** UpstreamRequest is one HTTP request to an integration endpoint. */
export interface UpstreamRequest {
  /** scheme://host:port */
  readonly origin: string;
  readonly path: string;
  readonly method: string;
  readonly headers: readonly string[];
  /** Whole: no connection waits for a client that is still sending it. Where it is in parts, the transport says when they are sent. */
  readonly body: UpstreamBody | undefined;
  /** Protocol that is offered (RFC 9110, 7.8), though only a response in HTTP is taken; absent: none. */
  readonly upgrade?: string | undefined;
  readonly timeoutMs: number;
  /** How TLS is spoken to it, where not as usual. */
  readonly tls: UpstreamTls | undefined;
  /** Its origin is the endpoint of a service, and no URL of an integration: endpoints that the operator named are reached whatever the egress policy says. */
  readonly isServiceCall: boolean;
}

/** UpstreamTls is TLS other than the default: certificates verified, none shown. */
export interface UpstreamTls {
  /** Equal for equal settings: connections are shared by it. */
  readonly key: string;
  readonly insecureSkipVerification: boolean;
  /** Host name that is asked for and verified; undefined: that of the origin. */
  readonly serverName: string | undefined;
  readonly clientCertificateId: string | undefined;
}

export type UpstreamFailure = "timeout" | "connect" | "network";

/** UpstreamHandler hears about one response. After onEnd or onFailure nothing follows. */
export interface UpstreamHandler {
  /** Names and values alternate. */
  onHead(status: number, statusText: string, headers: readonly string[]): void;
  /** A piece, which becomes the handler's. False pauses the upstream until `resume`. */
  onData(chunk: Buffer): boolean;
  onEnd(): void;
  onFailure(failure: UpstreamFailure, error: Error): void;
}

export interface UpstreamControl {
  resume(): void;
  abort(): void;
}

/** Transport sends requests to upstreams over pooled connections. */
export interface Transport {
  send(request: UpstreamRequest, handler: UpstreamHandler): UpstreamControl;
}
