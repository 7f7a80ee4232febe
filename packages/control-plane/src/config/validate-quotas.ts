import {
  apiKinds,
  type Entity,
  kindRule,
  nameOf,
  numerousKinds,
  type QuotaUse,
  quotaUsesOf,
  type SpecOf,
} from "@tollgate/config";
import type { AccountState } from "../mirror/mirror.ts";
import { Refusal } from "../refusal.ts";
import type { ChangeSet } from "./view.ts";

/** accountSpecOf returns the settings of an account, if there are any. */
export const accountSpecOf = (state: AccountState): SpecOf<"Account"> | undefined =>
  state.find("Account", "", "account")?.spec;

const usesOf = (entity: Entity | undefined): readonly QuotaUse[] =>
  entity ? quotaUsesOf(kindRule(entity.kind), entity) : [];

/** How much more of each quota a change uses. */
function growthOf(state: AccountState, { puts, deletes }: ChangeSet): Iterable<QuotaUse> {
  const growth = new Map<string, QuotaUse>();
  const add = (uses: readonly QuotaUse[], sign: 1 | -1) => {
    for (const { name, apiId, count } of uses) {
      const key = `${name} ${apiId}`;
      growth.set(key, { name, apiId, count: (growth.get(key)?.count ?? 0) + sign * count });
    }
  };
  for (const entity of puts) {
    add(usesOf(entity), 1);
    add(usesOf(state.entities.get(nameOf(entity))?.entity), -1);
  }
  for (const { entity } of deletes) add(usesOf(entity), -1);
  return growth.values();
}

/** How much of a quota is used: by the entities of the API or account, and by the API itself. */
function taken(state: AccountState, { name, apiId }: QuotaUse): number {
  const apis = apiId === "" ? [] : apiKinds.map((kind) => state.find(kind, "", apiId));
  const packed = apiId === "" ? numerousKinds.filter((kind) => kindRule(kind).quota === name) : [];
  const unpacked = [...(state.byApi.get(apiId)?.values() ?? [])].map(({ entity }) => entity);
  return [...unpacked, ...apis].flatMap(usesOf).reduce(
    (sum, use) => (use.name === name && use.apiId === apiId ? sum + use.count : sum),
    packed.reduce((sum, kind) => sum + state.entities.packed.sizeOf(kind), 0),
  );
}

/** checkQuotas throws if a change adds entities beyond a quota of the account or of an API. Existing entities may exceed it. */
export function checkQuotas(state: AccountState, change: ChangeSet): void {
  const quotas = accountSpecOf(state)?.quotas;
  if (!quotas) return;
  for (const growth of growthOf(state, change)) {
    const { name, apiId, count } = growth;
    const most = quotas[name];
    if (most === undefined || count <= 0 || taken(state, growth) + count <= most) continue;
    throw new Refusal(
      "limit",
      `Maximum number of ${name} for this ${apiId === "" ? "account" : "API"} has been reached: ${most}. Please contact the operator of the gateway if you need more.`,
    );
  }
}
