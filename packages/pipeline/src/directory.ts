/** Found now, or later; undefined: there is no such thing. */
export type Lookup<T> = T | undefined | Promise<T | undefined>;

/** AccessKeyRecord is an active access key and whose it is. */
export interface AccessKeyRecord {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly accountId: string;
  readonly userName: string;
  /** Stable id of the user, as AWS's AIDA... */
  readonly userId: string;
  readonly arn: string;
  /** Policy documents of the user. */
  readonly policies: readonly unknown[];
}

/** ApiKeyRecord is an API key. */
export interface ApiKeyRecord {
  readonly id: string;
  readonly enabled: boolean;
  readonly usagePlanIds: readonly string[];
}

/** Directory finds keys by what callers show. They are asked for when they are met, never shipped whole. Lookups fail with Unavailable. */
export interface Directory {
  accessKey(accessKeyId: string): Lookup<AccessKeyRecord>;
  apiKey(accountId: string, value: string): Lookup<ApiKeyRecord>;
}
