import type { AccountView, ApplicationPort, Draft, Stored } from "@tollgate/aws-api";
import { type Entity, type Kind, nameOf, type Problem, parseManifest } from "@tollgate/config";
import type { Application } from "../application.ts";
import { refuse } from "../config/refuse.ts";
import type { AccountState } from "../mirror/mirror.ts";
import type { StoredEntity } from "../mirror/stored-entity.ts";
import { changeAccount } from "./change.ts";

/** Accounts is how use cases that work with drafts read an account and change it. */
export type Accounts = Pick<ApplicationPort, "account" | "change">;

/** viewOf returns an account in one state. */
function viewOf(accountId: string, state: AccountState): AccountView {
  const storedOf = <K extends Kind>(stored: StoredEntity) => stored as unknown as Stored<K>;
  return {
    accountId,
    get: <K extends Kind>(kind: K, apiId: string, id: string) => {
      const stored = state.entities.get(nameOf({ kind, apiId, id }));
      return stored && storedOf<K>(stored);
    },
    list: <K extends Kind>(kind: K, apiId: string) =>
      state
        .ofApi(apiId)
        .filter(({ entity }) => entity.kind === kind)
        .map(storedOf<K>),
  };
}

function parseDrafts(state: AccountState, drafts: readonly Draft[]): Entity[] {
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
