import type { HolderKind, SpecOf } from "@tollgate/config";
import type { Stored } from "./port.ts";

export type Tags = Readonly<Record<string, string>>;

/** Holder names a user, group or role. */
export interface Holder<K extends HolderKind = HolderKind> {
  readonly kind: K;
  readonly name: string;
}

/** NewHolder contains the members of a new identity; undefined members get their defaults. */
export interface NewHolder {
  readonly path: string | undefined;
  readonly tags?: Tags | undefined;
  /** For roles: JSON of the policy that says who may assume the role. */
  readonly trustPolicy?: string;
  readonly description?: string | undefined;
  readonly maxSessionDuration?: number | undefined;
}

/** HolderPort creates, changes and deletes users, groups and roles. */
export interface HolderPort {
  holder<K extends HolderKind>(accountId: string, holder: Holder<K>): Stored<K>;
  /** Sorted by name. */
  holders<K extends HolderKind>(accountId: string, kind: K): readonly Stored<K>[];
  createHolder<K extends HolderKind>(
    accountId: string,
    holder: Holder<K>,
    members: NewHolder,
  ): Promise<Stored<K>>;
  deleteHolder(accountId: string, holder: Holder): Promise<void>;
  /** A renamed group keeps its members. */
  renameHolder(
    accountId: string,
    holder: Holder<"User" | "Group">,
    to: { readonly name: string | undefined; readonly path: string | undefined },
  ): Promise<void>;
  tagHolder(
    accountId: string,
    holder: Holder<"User" | "Role">,
    change: { readonly put?: Tags; readonly remove?: readonly string[] },
  ): Promise<void>;
  updateRole(
    accountId: string,
    name: string,
    members: Pick<NewHolder, "trustPolicy" | "description" | "maxSessionDuration">,
  ): Promise<void>;
  /** Users of a group. */
  membersOf(accountId: string, groupName: string): readonly Stored<"User">[];
  setMember(
    accountId: string,
    member: { readonly userName: string; readonly groupName: string },
    isMember: boolean,
  ): Promise<void>;
}

/** HolderPolicyPort changes the inline policies of an identity, and the policies that are attached to it. */
export interface HolderPolicyPort {
  putPolicy(accountId: string, holder: Holder, policyName: string, documentJson: string): Promise<void>;
  heldPolicy(accountId: string, holder: Holder, policyName: string): Readonly<Record<string, unknown>>;
  deletePolicy(accountId: string, holder: Holder, policyName: string): Promise<void>;
  setAttached(accountId: string, holder: Holder, policyArn: string, isAttached: boolean): Promise<void>;
}

/** AccessKey is a key with which a user signs. Its secret is returned only when it is created. */
export interface AccessKey {
  readonly id: string;
  readonly userName: string;
  readonly status: "Active" | "Inactive";
  readonly createdUnixMs: number;
}

export interface AccessKeyPort {
  accessKeys(accountId: string, userName: string): readonly AccessKey[];
  createAccessKey(
    accountId: string,
    userName: string,
  ): Promise<AccessKey & { readonly secretAccessKey: string }>;
  setAccessKeyStatus(
    accountId: string,
    key: { readonly userName: string; readonly id: string },
    status: AccessKey["status"],
  ): Promise<void>;
  deleteAccessKey(accountId: string, key: { readonly userName: string; readonly id: string }): Promise<void>;
  /** Whether a key belongs to the account or to one of its users. */
  hasAccessKey(accountId: string, id: string): boolean;
}

/** ManagedPolicy is a policy that identities name by its ARN. It belongs to the account, or exists in every account. */
export interface ManagedPolicy {
  readonly name: string;
  /** Whether it belongs to the account. */
  readonly isLocal: boolean;
  readonly policyId: string;
  readonly arn: string;
  readonly path: string;
  readonly defaultVersionId: string;
  readonly attachmentCount: number;
  readonly description: string | undefined;
  readonly createdUnixMs: number;
  readonly updatedUnixMs: number;
  readonly tags: Tags | undefined;
}

export interface PolicyVersion {
  readonly id: string;
  readonly isDefault: boolean;
  readonly createdUnixMs: number;
  readonly document: Readonly<Record<string, unknown>>;
}

export interface ManagedPolicyPort {
  managedPolicies(accountId: string): readonly ManagedPolicy[];
  managedPolicy(accountId: string, arn: string): ManagedPolicy;
  createManagedPolicy(
    accountId: string,
    policy: {
      readonly name: string;
      readonly path: string | undefined;
      readonly description: string | undefined;
      readonly tags: Tags | undefined;
      readonly documentJson: string;
    },
  ): Promise<ManagedPolicy>;
  deleteManagedPolicy(accountId: string, arn: string): Promise<void>;
  /** The number of identities to which it is attached. */
  policyHolders(accountId: string, arn: string): readonly Holder[];
  policyVersions(accountId: string, arn: string): readonly PolicyVersion[];
  policyVersion(accountId: string, arn: string, id: string): PolicyVersion;
  createPolicyVersion(
    accountId: string,
    arn: string,
    version: { readonly documentJson: string; readonly isDefault: boolean },
  ): Promise<PolicyVersion>;
  setDefaultPolicyVersion(accountId: string, arn: string, id: string): Promise<void>;
  deletePolicyVersion(accountId: string, arn: string, id: string): Promise<void>;
}

export type IdentityProviderMembers = Pick<
  SpecOf<"OpenIdConnectProvider">,
  "url" | "clientIds" | "thumbprints"
> & { readonly tags: Tags | undefined };

export interface IdentityProviderPort {
  identityProviders(accountId: string): readonly Stored<"OpenIdConnectProvider">[];
  identityProvider(accountId: string, arn: string): Stored<"OpenIdConnectProvider">;
  createIdentityProvider(accountId: string, members: IdentityProviderMembers): Promise<void>;
  deleteIdentityProvider(accountId: string, arn: string): Promise<void>;
  setProviderClient(accountId: string, arn: string, clientId: string, isIn: boolean): Promise<void>;
}

/** IdentityPort reads and changes the identities of accounts, their policies and their keys. */
export interface IdentityPort
  extends HolderPort,
    HolderPolicyPort,
    AccessKeyPort,
    ManagedPolicyPort,
    IdentityProviderPort {}
