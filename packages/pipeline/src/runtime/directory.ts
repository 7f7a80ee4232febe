/** Found now, or later; undefined: it does not exist. */
export type Lookup<T> = T | undefined | Promise<T | undefined>;

/** AccessKeyRecord is an active access key and whose it is: a user's, a session's, or the account's own. */
export interface AccessKeyRecord {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly accountId: string;
  /** Empty where the owner is not a user. */
  readonly userName: string;
  /** Stable id of its owner, as AWS's AIDA... */
  readonly userId: string;
  readonly arn: string;
  /** What policies know its owner by: the role of a session. */
  readonly principalArn: string;
  /** Policy documents of its owner. */
  readonly policies: readonly unknown[];
  /** Policy documents that narrow a session; empty: nothing does. */
  readonly sessionPolicies: readonly unknown[];
  /** When a session ends; 0: it is not a session. */
  readonly expireTimeUnixMs: number;
}

/** QuotaGrant sets what is left of an allowance, for the rest of one period. */
export interface QuotaGrant {
  readonly period: string;
  readonly remaining: number;
  /** Counts once: a later one takes its place. */
  readonly grantTimeUnixMs: number;
}

/** ApiKeyRecord is an API key. */
export interface ApiKeyRecord {
  readonly id: string;
  readonly enabled: boolean;
  /** Who pays for its calls; absent: nobody is known to. */
  readonly customerId?: string;
  readonly usagePlanIds: readonly string[];
  /** Usage plan id -> what is left of its quota, set by hand. */
  readonly quotaGrants: Readonly<Record<string, QuotaGrant>>;
}

/**
 * Directory finds keys by what callers show. They are asked for when they are met, never shipped whole. `address` is the caller's: whoever
 * asks for many keys waits for their own turns. Lookups fail with Unavailable.
 */
export interface Directory {
  /** A session's key is found by its token. */
  accessKey(accessKeyId: string, sessionToken: string | undefined, address: string): Lookup<AccessKeyRecord>;
  apiKey(accountId: string, value: string, address: string): Lookup<ApiKeyRecord>;
}
