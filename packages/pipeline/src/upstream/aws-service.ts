import type { ServiceEndpointConfig } from "@tollgate/config";
import { type AwsCredentials, signRequest } from "@tollgate/iam";
import type { Call } from "../call/call.ts";
import type { RouteContext } from "../call/route-context.ts";
import { andThen, type Late } from "../engine/late.ts";
import type { Ports } from "../engine/ports.ts";
import { assumeRole } from "./assume-role.ts";
import { callerCredentials } from "./caller-credentials.ts";

/** ServiceCall is one request to an AWS service, before it is signed. */
export interface ServiceCall {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  /** Without Host. Names and values alternate. */
  readonly headers: readonly string[];
  readonly body: Buffer;
}

/** SignedCall is ready to go. */
export interface SignedCall {
  readonly origin: string;
  /** With its query string. */
  readonly path: string;
  readonly headers: readonly string[];
  /** As AWS addresses it. */
  readonly uri: string;
  readonly isServiceCall: true;
}

/** Services that sign with another name than the one that addresses them. */
const SIGNING_NAMES: Readonly<Record<string, string>> = { email: "ses" };
const CALLER = /^arn:aws[a-z-]*:iam::\*:user\/\*$/;

const domainOf = (region: string): string =>
  region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";

/** isCallerRole finds whether an integration's credentials are those of whoever calls. */
export const isCallerRole = (role: string | undefined): boolean => role !== undefined && CALLER.test(role);

/** AwsService addresses one service of one region and signs what goes to it (AWS: Signature Version 4). */
export class AwsService {
  readonly endpoint: ServiceEndpointConfig;
  readonly #origin: string;
  readonly #basePath: string;
  readonly #host: string;
  readonly #service: string;
  readonly #region: string;
  readonly #role: string | undefined;
  readonly #publicOrigin: string;
  readonly #context: RouteContext;
  readonly #ports: Ports;

  /** `role`: ARN of the role that the integration names. */
  constructor(
    address: { service: string; region: string; subdomain: string; role: string | undefined },
    endpoint: ServiceEndpointConfig,
    context: RouteContext,
    ports: Ports,
  ) {
    this.endpoint = endpoint;
    this.#service = address.service;
    this.#region = address.region;
    this.#role = address.role;
    const prefix = address.subdomain === "" ? "" : `${address.subdomain}.`;
    const { origin, pathname, host } = new URL(endpoint.url);
    this.#origin = origin;
    this.#basePath = pathname.replace(/\/$/, "");
    this.#host = prefix + host;
    this.#publicOrigin = `https://${prefix}${address.service}.${address.region}.${domainOf(address.region)}`;
    this.#context = context;
    this.#ports = ports;
  }

  #credentials(call: Call): Late<AwsCredentials | undefined> {
    if (isCallerRole(this.#role)) return callerCredentials(call, this.#context, this.#ports);
    const own = this.#ports.credentials(this.endpoint.profile);
    const sts = this.#role === undefined ? undefined : this.#context.serviceEndpoint("sts", this.#region);
    if (!own || !sts || this.#role === undefined) return own;
    return assumeRole({ role: this.#role, region: this.#region, endpoint: sts, own, ports: this.#ports });
  }

  /** uriOf is a path as AWS addresses it: what logs show. The endpoint that the operator chose is not for tenants, who read them. */
  uriOf(path: string): string {
    return this.#publicOrigin + path;
  }

  /** begin begins the integration of a call, before the headers of its request are made: they have the ids of its span, and are signed. */
  begin(call: Call): void {
    call.beginIntegration(performance.now(), this.#origin);
  }

  /** sign addresses a call and signs it; without credentials it goes unsigned, as local endpoints take it. A promise: they must be fetched. */
  sign(call: Call, given: ServiceCall): Late<SignedCall> {
    return andThen(this.#credentials(call), (credentials) => this.#signedWith(credentials, given));
  }

  #signedWith(
    credentials: AwsCredentials | undefined,
    { method, path, query, headers, body }: ServiceCall,
  ): SignedCall {
    const fullPath = this.#basePath + path;
    const out = [...headers, "Host", this.#host];
    if (credentials)
      out.push(
        ...signRequest(
          { method, path: fullPath, query, headers: out, body },
          {
            credentials,
            region: this.#region,
            service: SIGNING_NAMES[this.#service] ?? this.#service,
            unixMs: Date.now(),
          },
        ),
      );
    const search = query === "" ? "" : `?${query}`;
    return {
      origin: this.#origin,
      path: fullPath + search,
      headers: out,
      uri: this.uriOf(path + search),
      isServiceCall: true,
    };
  }
}
