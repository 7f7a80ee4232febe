import { AwsError, CommonError, type CommonErrors } from "../aws-error.ts";
import type { IdentityPort } from "../identity-port.ts";
import type { ApplicationPort } from "../port.ts";
import type { Caller, SessionsPort } from "../session-port.ts";

/** WireRequest is one HTTP request, read whole. */
export interface WireRequest {
  readonly requestId: string;
  readonly method: string;
  /** As it was sent, without the query. */
  readonly path: string;
  readonly query: string;
  /** Names and values alternate. */
  readonly headers: readonly string[];
  readonly body: Buffer;
}

export interface WireResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** ServiceHead is what every service says of itself. */
export interface ServiceHead {
  /** Of its actions and audit records, such as apigateway. */
  readonly name: string;
  /** Of the credential scope of signatures. */
  readonly signingName: string;
  /** Of its API, such as 2015-07-09. */
  readonly version: string;
}

/** Intent is what policies are asked about: an action, and the ARN of what it is about. */
export interface Intent {
  readonly action: string;
  readonly resource: string;
}

/** Call is a call of an operation as its endpoint found it. */
export interface Call {
  readonly service: ServiceHead;
  readonly operation: string;
  /** undefined: the operation is open to callers that do not sign. */
  readonly caller: Caller | undefined;
  readonly isReadOnly: boolean;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** undefined: policies are not asked, because the operation itself decides who may call it. */
  readonly intent: (() => Intent) | undefined;
}

/** Host is who runs an endpoint: it knows callers, and the application. Its methods throw CommonError for calls that must not go on. */
export interface Host {
  readonly region: string;
  readonly application: ApplicationPort;
  readonly identities: IdentityPort;
  readonly sessions: SessionsPort;
  /** Who signed the request. */
  identify(service: ServiceHead): Caller;
  /** The operation is known, and does not run when its caller may not call it. */
  admit(call: Call): void;
  /** All parameters are known, and the operation runs next. */
  begin(parameters: Readonly<Record<string, unknown>>): Promise<void>;
  /** What the application refused, as an error of the service; undefined: the error is a bug. */
  refusal(error: unknown, service: ServiceHead): AwsError | undefined;
}

/** Served is a response, and what went wrong where it is an error. */
export interface Served {
  readonly response: WireResponse;
  readonly error?: { readonly code: string; readonly message: string };
  /** An error whose cause the caller must not see. */
  readonly bug?: unknown;
}

/** Endpoint is one service in one protocol: it turns the bytes of a request into those of its response. */
export interface Endpoint {
  readonly service: ServiceHead;
  /** Whether a request has the form of the protocol. */
  accepts(request: WireRequest): boolean;
  /** Whether a request of the protocol is for this service, whoever signed it. */
  claims(request: WireRequest): boolean;
  serve(request: WireRequest, host: Host): Promise<Served>;
  /** The response to a request that failed before or after it was served. */
  refuse(error: unknown, request: WireRequest, host: Pick<Host, "refusal">): Served;
}

/** ErrorForm is an error as it is written, by the name that its service gives it. */
export interface ErrorForm {
  readonly code: string;
  readonly status: number;
  readonly message: string;
}

/** ErrorStyle is how a service in a protocol writes errors. */
export interface ErrorStyle {
  readonly service: ServiceHead;
  readonly common: CommonErrors;
  readonly write: (error: ErrorForm) => WireResponse;
}

/** refused is the response to a request that failed. */
export function refused(
  thrown: unknown,
  host: Pick<Host, "refusal">,
  { service, common, write }: ErrorStyle,
): Served {
  const known = thrown instanceof AwsError ? thrown : host.refusal(thrown, service);
  if (known) {
    const { code, status, message } = known;
    return { response: write({ code, status, message }), error: { code, message } };
  }
  const isBug = !(thrown instanceof CommonError);
  const message = isBug ? "Internal failure" : thrown.message;
  const { code, status } = common[isBug ? "internal" : thrown.reason];
  const error = { code, message };
  const response = write({ code, status, message });
  return isBug ? { response, error, bug: thrown } : { response, error };
}

/** headerOf is the value of a header, by its name in lower case; of several the first. */
export function headerOf({ headers }: Pick<WireRequest, "headers">, name: string): string | undefined {
  for (let i = 0; i + 1 < headers.length; i += 2)
    if (headers[i]?.toLowerCase() === name) return headers[i + 1];
  return undefined;
}

/** isPostToRoot is true of requests of protocols that have one path, and false of those of protocols that have many. */
export const isPostToRoot = ({ method, path }: WireRequest): boolean => method === "POST" && path === "/";
