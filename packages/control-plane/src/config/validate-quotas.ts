import { isKindOf, nameOf, type Kind, type SpecOf } from "@tollgate/config";
import type { AccountState } from "../mirror/mirror.ts";
import type { ChangeSet } from "./view.ts";
import { Refusal } from "../refusal.ts";

type Quotas = NonNullable<SpecOf<"Account">["quotas"]>;

const QUOTA_OF: Readonly<Partial<Record<Kind, keyof Quotas>>> = {
  RestApi: "restApis",
  ApiKey: "apiKeys",
  UsagePlan: "usagePlans",
  ClientCertificate: "clientCertificates",
  DomainName: "domainNames",
  VpcLink: "vpcLinks",
  User: "users",
  Resource: "resources",
  Stage: "stages",
  Authorizer: "authorizers",
  DocumentationPart: "documentationParts",
};

/** accountSpecOf is the settings of an account, where somebody has written any. */
export function accountSpecOf(state: AccountState): SpecOf<"Account"> | undefined {
  const entity = state.entities.get(nameOf({ kind: "Account", apiId: "", id: "account" }))?.entity;
  return entity && isKindOf(entity, "Account") ? entity.spec : undefined;
}

/** checkQuotas refuses a change that gives an account, or one of its APIs, more than it may have: what it has already may stay. */
export function checkQuotas(state: AccountState, { puts, deletes }: ChangeSet): void {
  const quotas = accountSpecOf(state)?.quotas;
  if (!quotas) return;
  const added = new Map<string, { kind: Kind; apiId: string; count: number }>();
  const count = (kind: Kind, apiId: string, by: number) => {
    if (!QUOTA_OF[kind]) return;
    const key = `${kind} ${apiId}`;
    const present = added.get(key) ?? { kind, apiId, count: 0 };
    added.set(key, { ...present, count: present.count + by });
  };
  for (const entity of puts) if (!state.entities.has(nameOf(entity))) count(entity.kind, entity.apiId, 1);
  for (const { entity } of deletes) count(entity.kind, entity.apiId, -1);
  for (const { kind, apiId, count: more } of added.values()) {
    const name = QUOTA_OF[kind] as keyof Quotas;
    const most = quotas[name];
    if (most === undefined || more <= 0) continue;
    const has = state.ofApi(apiId).filter(({ entity }) => entity.kind === kind).length;
    if (has + more > most)
      throw new Refusal(
        "limit",
        `Maximum number of ${name} for this ${apiId === "" ? "account" : "API"} has been reached: ${most}. Please contact the operator of the gateway if you need more.`,
      );
  }
}
