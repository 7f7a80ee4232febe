import { holderKinds, type SpecOf } from "@tollgate/config";
import { identityArn, MANAGED_POLICIES, uniqueId } from "@tollgate/iam";
import type { Accounts, AccountView } from "../change/accounts.ts";
import type { StoredEntity } from "../mirror/stored-entity.ts";
import { Refusal } from "../refusal.ts";
import { changed, given } from "./draft.ts";
import type { Holder } from "./find-holder.ts";
import { readPolicyDocument } from "./policy-document.ts";

type Spec = SpecOf<"ManagedPolicy">;

const KIND = "ManagedPolicy";
const VERSIONS_MAX = 5;
/** The creation time of the policies that exist in every account. */
const EVERYWHERE_SINCE_UNIX_MS = Date.UTC(2015, 1, 6);

type Tags = Readonly<Record<string, string>>;

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

/** NewManagedPolicy contains the members of a new policy of the account; undefined members get their defaults. */
interface NewManagedPolicy extends Pick<ManagedPolicy, "name" | "description" | "tags"> {
  readonly path: string | undefined;
  readonly documentJson: string;
}

export interface PolicyVersion {
  readonly id: string;
  readonly isDefault: boolean;
  readonly createdUnixMs: number;
  readonly document: Readonly<Record<string, unknown>>;
}

/** Finds a policy of the account by its ARN. */
function findPolicy(account: AccountView, arn: string): StoredEntity<typeof KIND> {
  const stored = account.get(KIND, "", arn.split("/").at(-1) ?? "");
  if (!stored || identityArn("policy", account.accountId, stored.entity) !== arn)
    throw new Refusal("not-found", `Policy ${arn} does not exist or is not attachable.`);
  return stored;
}

const holdersOf = (account: AccountView, arn: string): Holder[] =>
  holderKinds.flatMap((kind) =>
    account
      .list(kind, "")
      .filter(({ entity }) => entity.spec.managedPolicyArns.includes(arn))
      .map(({ entity }) => ({ kind, name: entity.id })),
  );

function ownPolicy(
  account: AccountView,
  { entity, createdUnixMs, updatedUnixMs }: StoredEntity<typeof KIND>,
) {
  const { id, spec } = entity;
  const arn = identityArn("policy", account.accountId, entity);
  const { path, defaultVersionId, description, tags } = spec;
  return {
    name: id,
    isLocal: true,
    policyId: uniqueId("policy", account.accountId, id),
    arn,
    path,
    defaultVersionId,
    description,
    tags,
    attachmentCount: holdersOf(account, arn).length,
    createdUnixMs,
    updatedUnixMs,
  };
}

function policyOf(account: AccountView, arn: string): ManagedPolicy {
  const everywhere = MANAGED_POLICIES.get(arn);
  if (!everywhere) return ownPolicy(account, findPolicy(account, arn));
  const { name, path = "/", description } = everywhere;
  return {
    name,
    isLocal: false,
    policyId: uniqueId("policy", "aws", name),
    arn,
    path,
    defaultVersionId: "v1",
    attachmentCount: holdersOf(account, arn).length,
    description,
    createdUnixMs: EVERYWHERE_SINCE_UNIX_MS,
    updatedUnixMs: EVERYWHERE_SINCE_UNIX_MS,
    tags: undefined,
  };
}

const versionOf = (
  { versions, defaultVersionId }: Pick<Spec, "versions" | "defaultVersionId">,
  id: string,
): PolicyVersion => ({
  id,
  isDefault: id === defaultVersionId,
  createdUnixMs: versions[id]?.createTimeUnixMs ?? 0,
  document: versions[id]?.document ?? {},
});

/** The versions of a policy of the account, or of one that exists in every account. */
function versionsOf(account: AccountView, arn: string): Pick<Spec, "versions" | "defaultVersionId"> {
  const everywhere = MANAGED_POLICIES.get(arn);
  if (!everywhere) return findPolicy(account, arn).entity.spec;
  const document = everywhere.document as Record<string, unknown>;
  return {
    versions: { v1: { document, createTimeUnixMs: EVERYWHERE_SINCE_UNIX_MS } },
    defaultVersionId: "v1",
  };
}

const noVersion = (arn: string, id: string) =>
  new Refusal("not-found", `Policy ${arn} version ${id} does not exist.`);

function checkDeletable(account: AccountView, arn: string, { versions }: Spec): void {
  if (holdersOf(account, arn).length > 0)
    throw new Refusal("in-use", "Cannot delete a policy attached to entities.");
  if (Object.keys(versions).length > 1)
    throw new Refusal("in-use", "Cannot delete entity, must delete all non-default versions first.");
}

function newVersionId({ versions }: Spec): string {
  const ids = Object.keys(versions);
  if (ids.length >= VERSIONS_MAX)
    throw new Refusal(
      "limit",
      `A managed policy can have up to ${VERSIONS_MAX} versions. Before you create a new version, you must delete an existing version.`,
    );
  return `v${Math.max(...ids.map((id) => Number(id.slice(1)))) + 1}`;
}

/** createManagedPolicies manages the policies that identities name by ARN. */
export const createManagedPolicies = ({ account, change }: Accounts) => ({
  managedPolicies(accountId: string): readonly ManagedPolicy[] {
    const present = account(accountId);
    return [
      ...present.list(KIND, "").map((stored) => ownPolicy(present, stored)),
      ...[...MANAGED_POLICIES.keys()].map((arn) => policyOf(present, arn)),
    ];
  },
  managedPolicy: (accountId: string, arn: string): ManagedPolicy => policyOf(account(accountId), arn),
  async createManagedPolicy(
    accountId: string,
    { name, path, description, tags, documentJson }: NewManagedPolicy,
  ): Promise<ManagedPolicy> {
    const document = readPolicyDocument(documentJson, "identity");
    const versions = { v1: { document, createTimeUnixMs: Date.now() } };
    const spec = given({ path, description, defaultVersionId: "v1", versions, tags });
    const after = await change(accountId, (present) => {
      if (present.get(KIND, "", name))
        throw new Refusal(
          "already-exists",
          `A policy called ${name} already exists. Duplicate names are not allowed.`,
        );
      return { puts: [{ kind: KIND, apiId: "", id: name, spec }] };
    });
    return ownPolicy(after, after.get(KIND, "", name) as StoredEntity<typeof KIND>);
  },
  async deleteManagedPolicy(accountId: string, arn: string): Promise<void> {
    await change(accountId, (present) => {
      const { entity } = findPolicy(present, arn);
      checkDeletable(present, arn, entity.spec);
      return { deletes: [entity] };
    });
  },
  /** The identities to which it is attached. */
  policyHolders(accountId: string, arn: string): readonly Holder[] {
    const present = account(accountId);
    versionsOf(present, arn);
    return holdersOf(present, arn);
  },
  policyVersions(accountId: string, arn: string): readonly PolicyVersion[] {
    const found = versionsOf(account(accountId), arn);
    return Object.keys(found.versions).map((id) => versionOf(found, id));
  },
  policyVersion(accountId: string, arn: string, id: string): PolicyVersion {
    const found = versionsOf(account(accountId), arn);
    if (!Object.hasOwn(found.versions, id)) throw noVersion(arn, id);
    return versionOf(found, id);
  },
});

/** createPolicyVersions manages the versions of policies of the account. */
export function createPolicyVersions({ change }: Accounts) {
  const changeVersion = async (
    accountId: string,
    { arn, id }: { readonly arn: string; readonly id: string },
    decide: (spec: Spec) => Partial<Spec>,
  ): Promise<void> => {
    await change(accountId, (present) => {
      const stored = findPolicy(present, arn);
      if (!Object.hasOwn(stored.entity.spec.versions, id)) throw noVersion(arn, id);
      return { puts: [changed(stored, decide(stored.entity.spec))] };
    });
  };
  return {
    async createPolicyVersion(
      accountId: string,
      arn: string,
      { documentJson, isDefault }: { readonly documentJson: string; readonly isDefault: boolean },
    ): Promise<PolicyVersion> {
      const document = readPolicyDocument(documentJson, "identity");
      let id = "";
      const after = await change(accountId, (present) => {
        const stored = findPolicy(present, arn);
        const { spec } = stored.entity;
        id = newVersionId(spec);
        return {
          puts: [
            changed(stored, {
              versions: { ...spec.versions, [id]: { document, createTimeUnixMs: Date.now() } },
              defaultVersionId: isDefault ? id : spec.defaultVersionId,
            }),
          ],
        };
      });
      return versionOf(findPolicy(after, arn).entity.spec, id);
    },
    setDefaultPolicyVersion: (accountId: string, arn: string, id: string) =>
      changeVersion(accountId, { arn, id }, () => ({ defaultVersionId: id })),
    deletePolicyVersion: (accountId: string, arn: string, id: string) =>
      changeVersion(accountId, { arn, id }, ({ versions, defaultVersionId }) => {
        if (id === defaultVersionId)
          throw new Refusal("in-use", "Cannot delete the default version of a policy.");
        const { [id]: _gone, ...others } = versions;
        return { versions: others };
      }),
  };
}
