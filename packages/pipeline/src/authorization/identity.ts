import { parsePolicy, type AwsCredentials, type Policy, type PolicyPrincipal } from "@tollgate/iam";
import type { AccessKeyRecord } from "../directory.ts";

/** Identity is who signed a call. */
export interface Identity extends PolicyPrincipal {
  readonly userId: string;
  readonly userName: string;
  readonly credentials: AwsCredentials;
  readonly policies: readonly Policy[];
}

const identities = new WeakMap<AccessKeyRecord, Identity>();

/** identityOf is the identity of an access key, its policies compiled once a record. */
export function identityOf(record: AccessKeyRecord): Identity {
  const known = identities.get(record);
  if (known) return known;
  const { accessKeyId, secretAccessKey, accountId, arn, userId, userName } = record;
  const identity: Identity = {
    arn,
    accountId,
    userId,
    userName,
    credentials: { accessKeyId, secretAccessKey, sessionToken: undefined },
    policies: record.policies.flatMap((document) => {
      const parsed = parsePolicy(document, { kind: "identity" });
      return parsed.ok ? [parsed.policy] : [];
    }),
  };
  identities.set(record, identity);
  return identity;
}

/** AuthorizerResult is what an authorizer made of a call: what $context.authorizer tells. */
export interface AuthorizerResult {
  /** Of a Lambda authorizer. */
  readonly principalId: string | undefined;
  /** Values that a Lambda authorizer returned, as texts. */
  readonly context: Readonly<Record<string, string>>;
  /** Of a user pool's token, as texts. */
  readonly claims: Readonly<Record<string, string>> | undefined;
  /** API key of the caller, where the API takes it from its authorizer. */
  readonly usageIdentifierKey: string | undefined;
  /** Says what the caller may call; undefined: anything. */
  readonly policy: Policy | undefined;
  /** The same as the authorizer wrote it: what a test shows. */
  readonly policyDocument: unknown;
}
