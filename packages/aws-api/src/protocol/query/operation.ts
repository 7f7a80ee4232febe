import type { IdentityPort } from "../../identity-port.ts";
import type { ApplicationPort } from "../../port.ts";
import type { Caller, SessionsPort } from "../../session-port.ts";
import type { Parameters } from "./parameters.ts";
import type { XmlObject } from "./xml.ts";

/** QueryRequest is one call of an operation, authenticated and parsed. */
export interface QueryRequest {
  readonly caller: Caller;
  readonly parameters: Parameters;
  readonly application: ApplicationPort;
  readonly identities: IdentityPort;
  readonly sessions: SessionsPort;
}

/** QueryOperation is one row of a service's table. */
export interface QueryOperation {
  readonly name: string;
  /** The resource on which a policy must allow the action. Absent: the operation itself decides who may call it, without policies. */
  readonly resource?: (request: QueryRequest) => string;
  /** Whether callers may omit the signature. */
  readonly isOpen?: boolean;
  /** undefined: the response has no result. */
  readonly run: (request: QueryRequest) => XmlObject | undefined | Promise<XmlObject | undefined>;
}
