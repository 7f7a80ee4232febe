import {
  apiKeyName,
  type Entity,
  type EntityRef,
  type Kind,
  nameOf,
  type Problem,
  parseManifest,
} from "@tollgate/config";
import type { Application } from "../application.ts";
import { refuse } from "../config/refuse.ts";
import type { AccountState } from "../mirror/mirror.ts";
import type { StoredEntity } from "../mirror/stored-entity.ts";
import { changeAccount } from "./change.ts";
import type { WantedDeployment } from "./wanted-change.ts";

/** AccountView is the config of one account in one state. */
export interface AccountView {
  readonly accountId: string;
  /** `apiId` is empty for kinds that belong to the account. */
  get<K extends Kind>(kind: K, apiId: string, id: string): StoredEntity<K> | undefined;
  /** Not sorted. */
  list<K extends Kind>(kind: K, apiId: string): readonly StoredEntity<K>[];
  /** The API key with the value that callers send. */
  keyWith(value: string): StoredEntity<"ApiKey"> | undefined;
}

/** EntityDraft is an entity that is to be written. It is parsed and checked before it is stored. */
export interface EntityDraft {
  readonly kind: Kind;
  readonly apiId: string;
  readonly id: string;
  readonly spec: unknown;
}

/** DraftedChange is everything that one use case writes, as drafts. */
export interface DraftedChange {
  readonly puts?: readonly EntityDraft[];
  readonly deletes?: readonly EntityRef[];
  readonly deployments?: readonly WantedDeployment[];
}

/** Accounts is how use cases that work with drafts read an account and change it. */
export interface Accounts {
  account(accountId: string): AccountView;
  /** Computes a change from one state of the account and writes it. If another change was written first, it is computed again. */
  change(accountId: string, decide: (account: AccountView) => DraftedChange): Promise<AccountView>;
}

/** viewOf returns an account in one state. */
function viewOf(accountId: string, state: AccountState): AccountView {
  return {
    accountId,
    get: <K extends Kind>(kind: K, apiId: string, id: string) => {
      return state.entities.get(nameOf({ kind, apiId, id })) as unknown as StoredEntity<K> | undefined;
    },
    list: (kind, apiId) => state.stored(kind, apiId),
    keyWith: (value) =>
      state.entities.packed.ofKeyName(apiKeyName(accountId, value)) as unknown as
        | StoredEntity<"ApiKey">
        | undefined,
  };
}

function parseDrafts(state: AccountState, drafts: readonly EntityDraft[]): Entity[] {
  const problems: Problem[] = [];
  const entities = drafts.flatMap((draft, i) => {
    const present = state.entities.get(nameOf(draft))?.entity;
    const parsed = parseManifest({ ...draft, labels: present?.labels ?? {} }, i);
    if (parsed.ok) return [parsed.value];
    problems.push(...parsed.problems);
    return [];
  });
  if (problems.length > 0) refuse(problems);
  return entities;
}

/** createAccounts reads and writes the accounts of an application. */
export function createAccounts(application: Application): Accounts {
  const account = (accountId: string) => viewOf(accountId, application.mirror.account(accountId));
  return {
    account,
    async change(accountId, decide) {
      await changeAccount(application, {
        accountId,
        asker: "allowed",
        want: (state) => {
          const { puts = [], ...wanted } = decide(viewOf(accountId, state));
          return { ...wanted, entities: parseDrafts(state, puts) };
        },
      });
      return account(accountId);
    },
  };
}
