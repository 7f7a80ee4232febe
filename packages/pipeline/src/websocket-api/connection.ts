import { LRUCache } from "lru-cache";
import type { AuthorizerResult, Identity } from "../authorization/identity.ts";
import type { Call } from "../call/call.ts";
import type { CallerKey, ConnectionKey } from "../call/caller-key.ts";
import type { TlsSession } from "../call/tls-session.ts";

/** ConnectionRecord is what of a connection is plain data: enough to report its end, should its worker not live to do that. */
export interface ConnectionRecord {
  readonly id: string;
  /** Of the API. */
  readonly accountId: string;
  readonly apiId: string;
  readonly stageName: string;
  readonly connectedAtUnixMs: number;
  readonly sourceIp: string;
  readonly scheme: "http" | "https";
  readonly port: number;
  /** Host and User-Agent, as every call of the connection has them. Names and values alternate. */
  readonly headers: readonly string[];
  /** What an authorizer said at $connect. */
  readonly authorizer?: Pick<AuthorizerResult, "principalId" | "context">;
  /** Of the caller that signed $connect. */
  readonly userArn?: string;
  /** Whom its minutes are charged to. */
  readonly key?: ConnectionKey;
}

/** So many characters of a User-Agent are kept; what browsers and SDKs send is half as long. */
const USER_AGENT_MAX_CHARS = 512;

/** Headers that connections have in common: most clients of an API say the same. */
const known = new LRUCache<string, readonly string[]>({ max: 1_000 });

/** keptHeaders are what of a handshake's headers the calls of its connection have. Connections whose clients say the same share them. */
export function keptHeaders(host: string, givenAgent: string): readonly string[] {
  const userAgent = givenAgent.slice(0, USER_AGENT_MAX_CHARS);
  const name = `${host}\n${userAgent}`;
  const shared = known.get(name);
  if (shared) return shared;
  const headers = userAgent === "" ? ["Host", host] : ["Host", host, "User-Agent", userAgent];
  known.set(name, headers);
  return headers;
}

/** Of what an authorizer said, calls of the connection show who it is and the context. */
const keptAuthorizer = ({
  principalId,
  context,
}: Pick<AuthorizerResult, "principalId" | "context">): AuthorizerResult => ({
  principalId,
  context,
  claims: undefined,
  usageIdentifierKey: undefined,
  policy: undefined,
  policyDocument: undefined,
});

/** Connection is what stays of a client's $connect for the calls that follow on its connection. It is small: there are very many. */
export class Connection {
  readonly id: string;
  readonly accountId: string;
  readonly apiId: string;
  readonly stageName: string;
  readonly connectedAtUnixMs: number;
  readonly sourceIp: string;
  readonly scheme: "http" | "https";
  readonly port: number;
  readonly headers: readonly string[];

  /** Later: what the TLS of its handshake says; undefined: it has none. */
  tls: TlsSession | undefined = undefined;

  // Later: once $connect was allowed.
  identity: Identity | undefined = undefined;
  authorizer: AuthorizerResult | undefined = undefined;
  authorizerMs = 0;
  apiKey: CallerKey | undefined = undefined;
  key: ConnectionKey | undefined = undefined;

  constructor(record: ConnectionRecord) {
    this.id = record.id;
    this.accountId = record.accountId;
    this.apiId = record.apiId;
    this.stageName = record.stageName;
    this.connectedAtUnixMs = record.connectedAtUnixMs;
    this.sourceIp = record.sourceIp;
    this.scheme = record.scheme;
    this.port = record.port;
    this.headers = record.headers;
    this.key = record.key;
    if (record.authorizer) this.authorizer = keptAuthorizer(record.authorizer);
  }

  get userAgent(): string {
    return this.headers[3] ?? "";
  }

  get record(): ConnectionRecord {
    const {
      id,
      accountId,
      apiId,
      stageName,
      connectedAtUnixMs,
      sourceIp,
      scheme,
      port,
      headers,
      authorizer,
      key,
    } = this;
    const { principalId, context = {} } = authorizer ?? {};
    const userArn = this.identity?.arn;
    return {
      id,
      accountId,
      apiId,
      stageName,
      connectedAtUnixMs,
      sourceIp,
      scheme,
      port,
      headers,
      ...(authorizer ? { authorizer: { principalId, context: { ...context } } } : {}),
      ...(userArn === undefined ? {} : { userArn }),
      ...(key === undefined ? {} : { key }),
    };
  }

  /** admit keeps who the caller of $connect is: all calls of the connection are theirs. */
  admit({ identity, authorizer, authorizerMs, apiKey }: Call): void {
    this.identity = identity;
    this.authorizer = authorizer && keptAuthorizer(authorizer);
    this.authorizerMs = authorizerMs;
    // The key counted for $connect, and counts for nothing else; what the connection uses is charged to it.
    this.apiKey = apiKey && { ...apiKey, usagePlanId: "" };
    this.key = apiKey?.usagePlanId
      ? { apiKeyId: apiKey.id, usagePlanId: apiKey.usagePlanId, customerId: apiKey.customerId }
      : undefined;
  }
}
