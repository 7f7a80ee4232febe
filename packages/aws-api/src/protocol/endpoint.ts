import { AwsError, CommonError, type CommonErrors } from "../aws-error.ts";
import type { IdentityPort } from "../identity-port.ts";
import type { ApplicationPort } from "../port.ts";
import type { Caller, SessionsPort } from "../session-port.ts";

/** WireRequest is one HTTP request with its complete body. */
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
  /** What follows the body; absent: nothing. */
  readonly stream?: ResponseStream;
}

/** ResponseStream is what is sent piece by piece, until there is no more or the client has left. */
export interface ResponseStream {
  readonly pieces: AsyncIterable<Uint8Array>;
  /** Ends it, whether its pieces were read or not. */
  readonly leave: () => void;
}

/** ServiceHead is the members that every service has. */
export interface ServiceHead {
  /** Its name, such as apigateway. */
  readonly name: string;
  /** The name in the credential scope of signatures. */
  readonly signingName: string;
  /** The version of its API, such as 2015-07-09. */
  readonly version: string;
  /** The name in audit records, if it is that of another service; absent: its own. */
  readonly auditName?: string;
  /** Prefix of its actions in policies, if it is not its name. */
  readonly actionPrefix?: string;
}

/** Intent is what policies must allow: an action on the resource with an ARN. */
export interface Intent {
  readonly action: string;
  readonly resource: string;
  /** What must be allowed besides. */
  readonly and?: Intent | undefined;
}

/** Call is a call of an operation, as its endpoint has recognized it. */
export interface Call {
  readonly service: ServiceHead;
  readonly operation: string;
  /** undefined: the operation can be called without a signature. */
  readonly caller: Caller | undefined;
  readonly isReadOnly: boolean;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** undefined: the operation itself decides who may call it, without policies. */
  readonly intent: (() => Intent) | undefined;
}

/**
 * Host runs an endpoint: it identifies and authorizes callers, and has the application. Its methods throw CommonError to refuse a call.
 * `RecordingHost` in host.fixture.ts is the smallest implementation.
 */
export interface Host {
  readonly region: string;
  readonly application: ApplicationPort;
  readonly identities: IdentityPort;
  readonly sessions: SessionsPort;
  /** The caller who signed the request. */
  identify(service: ServiceHead): Caller;
  /** Called once the operation is known. Throws if the caller may not call it. */
  admit(call: Call): void;
  /** Called with the parameters, just before the operation runs. */
  begin(parameters: Readonly<Record<string, unknown>>): Promise<void>;
  /** A refusal of the application as an error of the service. undefined: the error is a bug. */
  refusal(error: unknown, service: ServiceHead): AwsError | undefined;
}

/** Served is a response, with the cause if it is an error. */
export interface Served {
  readonly response: WireResponse;
  readonly error?: { readonly code: string; readonly message: string };
  /** An unexpected error, whose cause the response does not contain. */
  readonly bug?: unknown;
}

/** Endpoint is one service in one protocol: it turns the bytes of a request into the bytes of its response. */
export interface Endpoint {
  readonly service: ServiceHead;
  /** Whether a request has the form that the protocol requires. */
  accepts(request: WireRequest): boolean;
  /** Whether a request of the protocol is for this service, whatever its signature says. */
  claims(request: WireRequest): boolean;
  serve(request: WireRequest, host: Host): Promise<Served>;
  /** The response to a request that failed outside of `serve`. */
  refuse(error: unknown, request: WireRequest, host: Pick<Host, "refusal">): Served;
}

/** ErrorForm is an error with the code that its service gives it. */
export interface ErrorForm {
  readonly code: string;
  readonly status: number;
  readonly message: string;
  /** Where the problem is, and what would be right, if AWS's message does not say so. */
  readonly hint?: string | undefined;
  /** What the service says besides. */
  readonly members?: Readonly<Record<string, unknown>>;
}

/** ErrorStyle writes the errors of a service in its protocol. */
export interface ErrorStyle {
  readonly service: ServiceHead;
  readonly common: CommonErrors;
  readonly write: (error: ErrorForm) => WireResponse;
}

/** refused returns the response to a request that failed. */
export function refused(
  thrown: unknown,
  host: Pick<Host, "refusal">,
  { service, common, write }: ErrorStyle,
): Served {
  const known = thrown instanceof AwsError ? thrown : host.refusal(thrown, service);
  if (known) {
    const { code, status, message, hint, members } = known;
    return { response: write({ code, status, message, hint, members }), error: { code, message } };
  }
  const isBug = !(thrown instanceof CommonError);
  const message = isBug ? "Internal failure" : thrown.message;
  const { code, status } = common[isBug ? "internal" : thrown.reason];
  const error = { code, message };
  const response = write({ code, status, message });
  return isBug ? { response, error, bug: thrown } : { response, error };
}

/** headerOf returns the first value of a header by its name in lower case. */
export function headerOf({ headers }: Pick<WireRequest, "headers">, name: string): string | undefined {
  for (let i = 0; i + 1 < headers.length; i += 2)
    if (headers[i]?.toLowerCase() === name) return headers[i + 1];
  return undefined;
}

/** isPostToRoot distinguishes protocols whose requests are all posted to "/" from those with many paths. */
export const isPostToRoot = ({ method, path }: WireRequest): boolean => method === "POST" && path === "/";
