/** Caller is who calls a service of identity. */
export interface Caller {
  readonly accountId: string;
  readonly arn: string;
  readonly userId: string;
  /** Empty for callers that are not a user. */
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
