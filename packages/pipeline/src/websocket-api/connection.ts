import type { AuthorizerResult, Identity } from "../authorization/identity.ts";
import type { Call, CallerKey } from "../call/call.ts";

/** ConnectionInit is what is known of a connection before its client is let in. */
export interface ConnectionInit {
  readonly id: string;
  readonly apiId: string;
  readonly stageName: string;
  readonly connectedAtUnixMs: number;
}

/** Connection is what stays of a client's $connect for the calls that follow on its connection. It is small: there are very many. */
export class Connection {
  readonly id: string;
  readonly apiId: string;
  readonly stageName: string;
  readonly connectedAtUnixMs: number;
  readonly sourceIp: string;
  readonly scheme: "http" | "https";
  readonly port: number;
  /** Host and User-Agent, as every call of the connection has them. Names and values alternate. */
  readonly headers: readonly string[];

  // Later: once $connect was allowed.
  identity: Identity | undefined = undefined;
  authorizer: AuthorizerResult | undefined = undefined;
  authorizerMs = 0;
  apiKey: CallerKey | undefined = undefined;

  constructor({ id, apiId, stageName, connectedAtUnixMs }: ConnectionInit, connect: Call) {
    this.id = id;
    this.apiId = apiId;
    this.stageName = stageName;
    this.connectedAtUnixMs = connectedAtUnixMs;
    this.sourceIp = connect.sourceIp;
    this.scheme = connect.scheme;
    this.port = connect.port;
    const { host, userAgent } = connect;
    this.headers = userAgent === "" ? ["Host", host] : ["Host", host, "User-Agent", userAgent];
  }

  get userAgent(): string {
    return this.headers[3] ?? "";
  }

  /** admit keeps who the caller of $connect is: all calls of the connection are theirs. */
  admit({ identity, authorizer, authorizerMs, apiKey }: Call): void {
    this.identity = identity;
    this.authorizer = authorizer;
    this.authorizerMs = authorizerMs;
    // The key counted for $connect, and counts for nothing else.
    this.apiKey = apiKey && { ...apiKey, usagePlanId: "" };
  }
}
