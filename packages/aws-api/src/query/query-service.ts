import type { IdentityPort } from "../identity-port.ts";
import type { ApplicationPort } from "../port.ts";
import { IdentityError } from "./identity-error.ts";
import { Parameters } from "./parameters.ts";
import { xmlText, type XmlObject } from "./xml.ts";

/** Caller is who calls a service of identity. */
export interface Caller {
  readonly accountId: string;
  readonly arn: string;
  readonly userId: string;
  /** Empty for callers that are not a user. */
  readonly userName: string;
}

/** SessionCredentials are credentials for a while. */
export interface SessionCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expireTimeUnixMs: number;
}

export interface IssuedSession {
  readonly credentials: SessionCredentials;
  readonly arn: string;
  readonly assumedRoleId: string;
}

export interface AssumeRoleRequest {
  readonly roleArn: string;
  readonly sessionName: string;
  readonly durationS: number;
  /** JSON of a policy that narrows the session. */
  readonly policy: string | undefined;
  /** Managed policies that narrow it. */
  readonly policyArns: readonly string[];
  readonly externalId: string | undefined;
}

export interface WebIdentityRequest extends AssumeRoleRequest {
  readonly token: string;
}

export interface WebIdentitySession extends IssuedSession {
  readonly subject: string;
  readonly audience: string;
  readonly provider: string;
}

/** SessionsPort issues sessions to the caller of a request. */
export interface SessionsPort {
  assumeRole(request: AssumeRoleRequest): IssuedSession;
  assumeRoleWithWebIdentity(request: WebIdentityRequest): Promise<WebIdentitySession>;
  sessionToken(durationS: number | undefined): SessionCredentials;
}

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
  /** What a policy must allow the action on; absent: policies are not asked, for the operation asks who may itself. */
  readonly resource?: (request: QueryRequest) => string;
  /** Callers need not sign. */
  readonly isOpen?: boolean;
  /** undefined: the answer has no result. */
  readonly run: (request: QueryRequest) => XmlObject | undefined | Promise<XmlObject | undefined>;
}

/** QueryService finds the operation of a request in a table, and writes its answers in AWS's query protocol. */
export class QueryService {
  /** Of signatures and actions, such as iam. */
  readonly name: string;
  /** Of its API, such as 2010-05-08. */
  readonly version: string;
  readonly #operations: ReadonlyMap<string, QueryOperation>;

  constructor(name: string, version: string, operations: readonly QueryOperation[]) {
    this.name = name;
    this.version = version;
    this.#operations = new Map(operations.map((operation) => [operation.name, operation]));
  }

  get operations(): readonly QueryOperation[] {
    return [...this.#operations.values()];
  }

  find(action: string): QueryOperation {
    const operation = this.#operations.get(action);
    if (operation) return operation;
    throw new IdentityError(
      "InvalidAction",
      `Could not find operation ${action} for version ${this.version}, or it is not served yet`,
    );
  }

  /** answer is a result as it is sent. */
  answer(action: string, result: XmlObject | undefined, requestId: string): string {
    return xmlText(`${action}Response`, this.#namespace, {
      ...(result ? { [`${action}Result`]: result } : {}),
      ResponseMetadata: { RequestId: requestId },
    });
  }

  /** failure is an error as it is sent. */
  failure(error: IdentityError, requestId: string): string {
    const type = error.status >= 500 ? "Receiver" : "Sender";
    return xmlText("ErrorResponse", this.#namespace, {
      Error: { Type: type, Code: error.code, Message: error.message },
      RequestId: requestId,
    });
  }

  get #namespace(): string {
    return `https://${this.name}.amazonaws.com/doc/${this.version}/`;
  }
}
