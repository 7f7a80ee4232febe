import { beforeEach, describe, expect, it } from "vitest";
import { type Entity, type Kind, nameOf, parseManifest } from "@tollgate/config";
import type { Accounts, AccountView } from "../change/accounts.ts";
import { draftEntity, type StoredEntity } from "../mirror/stored-entity.ts";
import { createIdentities } from "./identities.ts";

const ACCOUNT = "000000000000";
const READ = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "apigateway:GET", Resource: "*" }],
});
const TRUST = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" }],
});

/** Accounts with one account in memory. Drafts are parsed, but not checked further. */
function inMemory() {
  const entities = new Map<string, Entity>();
  const storedOf = <K extends Kind>(entity: Entity) =>
    ({
      ...draftEntity(entity),
      createdUnixMs: 1000,
      updatedUnixMs: 2000,
    }) as unknown as StoredEntity<K>;
  const view: AccountView = {
    accountId: ACCOUNT,
    get: <K extends Kind>(kind: K, apiId: string, id: string) => {
      const entity = entities.get(nameOf({ kind, apiId, id }));
      return entity && storedOf<K>(entity);
    },
    keyWith: () => undefined,
    list: <K extends Kind>(kind: K) =>
      [...entities.values()].filter((entity) => entity.kind === kind).map(storedOf<K>),
  };
  return {
    account: () => view,
    change: async (_accountId: string, decide: Parameters<Accounts["change"]>[1]) => {
      const { puts = [], deletes = [] } = decide(view);
      for (const ref of deletes) entities.delete(nameOf(ref));
      for (const draft of puts) {
        const parsed = parseManifest({ ...draft, labels: {} }, 0);
        if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
        entities.set(nameOf(parsed.value), parsed.value);
      }
      return view;
    },
  };
}

let identities: ReturnType<typeof createIdentities>;
beforeEach(() => {
  identities = createIdentities(inMemory());
});

const user = (name: string) => ({ kind: "User", name }) as const;
const group = (name: string) => ({ kind: "Group", name }) as const;
const role = (name: string) => ({ kind: "Role", name }) as const;
const create = (holder: { kind: "User" | "Group"; name: string }) =>
  identities.createHolder(ACCOUNT, holder, { path: undefined });
const refusal = (reason: string, message: string) => expect.objectContaining({ reason, message }) as unknown;

describe("users, groups and roles", () => {
  it("are created with the given members, and defaults for the rest", async () => {
    const stored = await identities.createHolder(ACCOUNT, user("ada"), { path: undefined, tags: { a: "1" } });
    expect(stored.entity).toMatchObject({ id: "ada", spec: { path: "/", tags: { a: "1" }, groups: [] } });
    expect(identities.holder(ACCOUNT, user("ada"))).toEqual(stored);
  });

  it("must have names that differ in more than case", async () => {
    await create(user("ada"));
    await expect(create(user("ADA"))).rejects.toEqual(
      refusal("already-exists", "User with name ADA already exists."),
    );
  });

  it("are listed by name", async () => {
    for (const name of ["b", "a", "c"]) await create(group(name));
    expect(identities.holders(ACCOUNT, "Group").map(({ entity }) => entity.id)).toEqual(["a", "b", "c"]);
  });

  it("are refused if the name does not exist", () => {
    expect(() => identities.holder(ACCOUNT, role("none"))).toThrow(
      expect.objectContaining({ reason: "not-found", message: "The role with name none cannot be found." }),
    );
  });

  it("keep their members when a group is renamed", async () => {
    await create(user("ada"));
    await create(group("readers"));
    await identities.setMember(ACCOUNT, { userName: "ada", groupName: "readers" }, true);
    await identities.renameHolder(ACCOUNT, group("readers"), { name: "writers", path: "/team/" });
    expect(identities.membersOf(ACCOUNT, "writers").map(({ entity }) => entity.id)).toEqual(["ada"]);
    expect(identities.holder(ACCOUNT, group("writers")).entity.spec.path).toBe("/team/");
    expect(identities.holders(ACCOUNT, "Group")).toHaveLength(1);
  });

  it("can be deleted once they are empty", async () => {
    await create(user("ada"));
    await create(group("readers"));
    await identities.setMember(ACCOUNT, { userName: "ada", groupName: "readers" }, true);
    const inUse = (what: string) => refusal("in-use", `Cannot delete entity, must ${what} first.`);
    await expect(identities.deleteHolder(ACCOUNT, group("readers"))).rejects.toEqual(
      inUse("remove users from group"),
    );
    await identities.setMember(ACCOUNT, { userName: "ada", groupName: "readers" }, false);
    await identities.putPolicy(ACCOUNT, user("ada"), "own", READ);
    await expect(identities.deleteHolder(ACCOUNT, user("ada"))).rejects.toEqual(inUse("delete policies"));
    await identities.deletePolicy(ACCOUNT, user("ada"), "own");
    await identities.deleteHolder(ACCOUNT, user("ada"));
    expect(identities.holders(ACCOUNT, "User")).toEqual([]);
  });

  it("can be tagged and untagged", async () => {
    await create(user("ada"));
    await identities.tagHolder(ACCOUNT, user("ada"), { put: { a: "1", b: "2" } });
    await identities.tagHolder(ACCOUNT, user("ada"), { remove: ["a"] });
    expect(identities.holder(ACCOUNT, user("ada")).entity.spec.tags).toEqual({ b: "2" });
  });

  it("keep the members that an update of a role omits", async () => {
    await identities.createHolder(ACCOUNT, role("r"), {
      path: "/",
      trustPolicy: TRUST,
      description: "first",
      maxSessionDuration: 7200,
    });
    await identities.updateRole(ACCOUNT, "r", { description: "second" });
    expect(identities.holder(ACCOUNT, role("r")).entity.spec).toMatchObject({
      description: "second",
      maxSessionDuration: 7200,
      assumeRolePolicyDocument: JSON.parse(TRUST) as object,
    });
  });
});

describe("policies", () => {
  it.each([
    ["{", /^The policy is not JSON: /],
    ["{}", /^Syntax errors in policy: /],
  ])("that are %s are refused", async (document, message) => {
    await create(user("ada"));
    await expect(identities.putPolicy(ACCOUNT, user("ada"), "own", document)).rejects.toMatchObject({
      reason: "malformed-policy",
      message: expect.stringMatching(message) as unknown,
    });
  });

  it("are attached by their ARN, in the account or in every account", async () => {
    await create(user("ada"));
    const { arn } = await identities.createManagedPolicy(ACCOUNT, {
      name: "read",
      path: "/team/",
      description: undefined,
      tags: undefined,
      documentJson: READ,
    });
    expect(arn).toBe(`arn:aws:iam::${ACCOUNT}:policy/team/read`);
    const everywhere = "arn:aws:iam::aws:policy/AdministratorAccess";
    for (const one of [arn, everywhere]) await identities.setAttached(ACCOUNT, user("ada"), one, true);
    expect(identities.managedPolicy(ACCOUNT, everywhere)).toMatchObject({
      attachmentCount: 1,
      isLocal: false,
    });
    expect(identities.policyHolders(ACCOUNT, arn)).toEqual([{ kind: "User", name: "ada" }]);
    await expect(identities.deleteManagedPolicy(ACCOUNT, arn)).rejects.toEqual(
      refusal("in-use", "Cannot delete a policy attached to entities."),
    );
    const ofService = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
    await identities.setAttached(ACCOUNT, user("ada"), ofService, true);
    expect(identities.managedPolicy(ACCOUNT, ofService)).toMatchObject({
      name: "AWSLambdaBasicExecutionRole",
      path: "/service-role/",
    });
    const none = "arn:aws:iam::aws:policy/None";
    await expect(identities.setAttached(ACCOUNT, user("ada"), none, true)).rejects.toEqual(
      refusal("not-found", `Policy ${none} does not exist or is not attachable.`),
    );
  });

  it("have at most five versions, one of which is the default", async () => {
    const { arn } = await identities.createManagedPolicy(ACCOUNT, {
      name: "v",
      path: undefined,
      description: undefined,
      tags: undefined,
      documentJson: READ,
    });
    for (let i = 2; i <= 5; i++)
      await identities.createPolicyVersion(ACCOUNT, arn, { documentJson: READ, isDefault: i === 5 });
    expect(identities.policyVersions(ACCOUNT, arn).map(({ id, isDefault }) => [id, isDefault])).toEqual([
      ["v1", false],
      ["v2", false],
      ["v3", false],
      ["v4", false],
      ["v5", true],
    ]);
    await expect(
      identities.createPolicyVersion(ACCOUNT, arn, { documentJson: READ, isDefault: false }),
    ).rejects.toMatchObject({ reason: "limit" });
    await expect(identities.deletePolicyVersion(ACCOUNT, arn, "v5")).rejects.toMatchObject({
      reason: "in-use",
    });
    await identities.deletePolicyVersion(ACCOUNT, arn, "v1");
    expect(() => identities.policyVersion(ACCOUNT, arn, "v1")).toThrow(
      `Policy ${arn} version v1 does not exist.`,
    );
  });
});

describe("access keys", () => {
  it("are limited to two, and their secret is shown once", async () => {
    await create(user("ada"));
    const key = await identities.createAccessKey(ACCOUNT, "ada");
    expect(key).toMatchObject({ userName: "ada", status: "Active" });
    expect(key.secretAccessKey).toHaveLength(40);
    await identities.createAccessKey(ACCOUNT, "ada");
    await expect(identities.createAccessKey(ACCOUNT, "ada")).rejects.toEqual(
      refusal("limit", "Cannot exceed quota for AccessKeysPerUser: 2"),
    );
    await identities.setAccessKeyStatus(ACCOUNT, { userName: "ada", id: key.id }, "Inactive");
    const [shown] = identities.accessKeys(ACCOUNT, "ada").filter(({ id }) => id === key.id);
    expect(shown).toMatchObject({ status: "Inactive" });
    expect(shown).not.toHaveProperty("secretAccessKey");
    await identities.deleteAccessKey(ACCOUNT, { userName: "ada", id: key.id });
    expect(identities.hasAccessKey(ACCOUNT, key.id)).toBe(false);
    await expect(identities.deleteAccessKey(ACCOUNT, { userName: "ada", id: key.id })).rejects.toEqual(
      refusal("not-found", `The Access Key with id ${key.id} cannot be found.`),
    );
  });
});

describe("identity providers", () => {
  it("are found by their ARN, and are unique", async () => {
    const members = {
      url: "https://issuer.example",
      clientIds: ["a"],
      thumbprints: [],
      tags: undefined,
    };
    await identities.createIdentityProvider(ACCOUNT, members);
    await expect(identities.createIdentityProvider(ACCOUNT, members)).rejects.toEqual(
      refusal("already-exists", "Provider with url https://issuer.example already exists."),
    );
    const arn = `arn:aws:iam::${ACCOUNT}:oidc-provider/issuer.example`;
    await identities.setProviderClient(ACCOUNT, arn, "b", true);
    await identities.setProviderClient(ACCOUNT, arn, "a", false);
    expect(identities.identityProvider(ACCOUNT, arn).entity.spec.clientIds).toEqual(["b"]);
    await identities.deleteIdentityProvider(ACCOUNT, arn);
    expect(identities.identityProviders(ACCOUNT)).toEqual([]);
  });
});
