import { type AwsCredentials, type Policy, type PolicyPrincipal, parsePolicy } from "@tollgate/iam";
import { resourcePattern } from "../call/path-form.ts";
import type { AccessKeyRecord } from "../runtime/directory.ts";

/** Identity is who signed a call. */
export interface Identity extends PolicyPrincipal {
  readonly userId: string;
  readonly userName: string;
  /** The role of a session; else the same as arn. */
  readonly principalArn: string;
  readonly credentials: AwsCredentials;
  readonly policies: readonly Policy[];
  /** What a session is narrowed by; undefined: nothing. */
  readonly sessionPolicies: readonly Policy[] | undefined;
  /** When a session ends; 0: it is not a session. */
  readonly expireTimeUnixMs: number;
}

const identities = new WeakMap<AccessKeyRecord, Identity>();

const compiled = (documents: readonly unknown[]): Policy[] =>
  documents.flatMap((document) => {
    const parsed = parsePolicy(document, { kind: "identity", expandResource: resourcePattern });
    return parsed.ok ? [parsed.policy] : [];
  });

/** identityOf is the identity of an access key, its policies compiled once a record. `sessionToken` is what it was found by. */
export function identityOf(record: AccessKeyRecord, sessionToken: string | undefined): Identity {
  const known = identities.get(record);
  if (known) return known;
  const { accessKeyId, secretAccessKey, policies, sessionPolicies, ...own } = record;
  const identity: Identity = {
    ...own,
    credentials: { accessKeyId, secretAccessKey, sessionToken },
    policies: compiled(policies),
    sessionPolicies: sessionPolicies.length > 0 ? compiled(sessionPolicies) : undefined,
  };
  identities.set(record, identity);
  return identity;
}

/** AuthorizerResult is what an authorizer made of a call: what $context.authorizer shows. */
export interface AuthorizerResult {
  /** Of a Lambda authorizer. */
  readonly principalId: string | undefined;
  /** Values that a Lambda authorizer returned, as strings. */
  readonly context: Readonly<Record<string, string>>;
  /** The same as the function gave them, for events that keep their types. */
  readonly values?: Readonly<Record<string, unknown>>;
  /** Of a user pool's token, as strings. */
  readonly claims: Readonly<Record<string, string>> | undefined;
  /** Scopes of a JWT. */
  readonly scopes?: readonly string[];
  /** API key of the caller, where the API takes it from its authorizer. */
  readonly usageIdentifierKey: string | undefined;
  /** What an authorizer of an HTTP API decided without a policy. */
  readonly isAuthorized?: boolean | undefined;
  /** Says what the caller may call; undefined: anything. */
  readonly policy: Policy | undefined;
  /** The same as the authorizer wrote it: what a test shows. */
  readonly policyDocument: unknown;
}
