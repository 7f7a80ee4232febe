import { newAccessKeyId, newSecretAccessKey, type SpecOf } from "@tollgate/config";
import type { Accounts } from "../change/accounts.ts";
import { Refusal } from "../refusal.ts";
import { changed } from "./draft.ts";
import { findHolder } from "./find-holder.ts";

/** IAM's limit of keys per user. */
const KEYS_MAX = 2;

type Key = SpecOf<"User">["accessKeys"][string];

/** AccessKey is a key with which a user signs. Its secret is returned only when it is created. */
export interface AccessKey {
  readonly id: string;
  readonly userName: string;
  readonly status: Key["status"];
  readonly createdUnixMs: number;
}

interface KeyRef {
  readonly userName: string;
  readonly id: string;
}

const shown = (userName: string, id: string, { status, createTimeUnixMs = 0 }: Key): AccessKey => ({
  id,
  userName,
  status,
  createdUnixMs: createTimeUnixMs,
});

/** createAccessKeys manages the keys with which users sign. */
export function createAccessKeys({ account, change }: Accounts) {
  /** Changes one key of a user, or deletes it. */
  const changeKey = async (
    accountId: string,
    { userName, id }: KeyRef,
    decide: (key: Key) => Key | undefined,
  ): Promise<void> => {
    await change(accountId, (present) => {
      const user = findHolder(present, { kind: "User", name: userName });
      const { [id]: key, ...others } = user.entity.spec.accessKeys;
      if (!key) throw new Refusal("not-found", `The Access Key with id ${id} cannot be found.`);
      const after = decide(key);
      return { puts: [changed(user, { accessKeys: after ? { ...others, [id]: after } : others })] };
    });
  };
  return {
    accessKeys(accountId: string, userName: string): readonly AccessKey[] {
      const { accessKeys } = findHolder(account(accountId), { kind: "User", name: userName }).entity.spec;
      return Object.entries(accessKeys).map(([id, key]) => shown(userName, id, key));
    },
    async createAccessKey(
      accountId: string,
      userName: string,
    ): Promise<AccessKey & { readonly secretAccessKey: string }> {
      const id = newAccessKeyId();
      const secretAccessKey = newSecretAccessKey();
      const key: Key = { secretAccessKey, status: "Active", createTimeUnixMs: Date.now() };
      await change(accountId, (present) => {
        const user = findHolder(present, { kind: "User", name: userName });
        const { accessKeys } = user.entity.spec;
        if (Object.keys(accessKeys).length >= KEYS_MAX)
          throw new Refusal("limit", `Cannot exceed quota for AccessKeysPerUser: ${KEYS_MAX}`);
        return { puts: [changed(user, { accessKeys: { ...accessKeys, [id]: key } })] };
      });
      return { ...shown(userName, id, key), secretAccessKey };
    },
    setAccessKeyStatus: (accountId: string, ref: KeyRef, status: AccessKey["status"]) =>
      changeKey(accountId, ref, (key) => ({ ...key, status })),
    deleteAccessKey: (accountId: string, ref: KeyRef) => changeKey(accountId, ref, () => undefined),
    /** Whether a key belongs to the account or to one of its users. */
    hasAccessKey(accountId: string, id: string): boolean {
      const present = account(accountId);
      return (
        present.get("RootAccessKey", "", id) !== undefined ||
        present.list("User", "").some(({ entity }) => Object.hasOwn(entity.spec.accessKeys, id))
      );
    },
  };
}
