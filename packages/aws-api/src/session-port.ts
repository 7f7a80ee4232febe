/** Caller is the caller of an operation. */
export interface Caller {
  readonly accountId: string;
  readonly arn: string;
  readonly userId: string;
  /** Empty if the caller is not a user. */
  readonly userName: string;
}

/** SessionCredentials are temporary credentials. */
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
  /** JSON of a policy that restricts the session. */
  readonly policy: string | undefined;
  /** Managed policies that restrict it. */
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

/** SessionsPort issues temporary credentials to the caller of a request. */
export interface SessionsPort {
  assumeRole(request: AssumeRoleRequest): IssuedSession;
  assumeRoleWithWebIdentity(request: WebIdentityRequest): Promise<WebIdentitySession>;
  sessionToken(durationS: number | undefined): SessionCredentials;
}
