import { describe, expect, it } from "vitest";
import { apiKinds, type Entity, type Kind, kindNames, kindRule, parentOf } from "@tollgate/config";
import { AccountState } from "../mirror/mirror.ts";
import { draftEntity } from "../mirror/stored-entity.ts";
import { checkQuotas } from "./validate-quotas.ts";

const API = "abcdefghij";

const entity = (kind: Kind, id: string, spec: object = {}): Entity =>
  ({ kind, apiId: parentOf(kind) ? API : "", id, labels: {}, spec }) as Entity;

/** An account with quotas and with existing entities. */
function account(quotas: Readonly<Record<string, number>>, ...has: readonly Entity[]): AccountState {
  const state = new AccountState();
  for (const one of [entity("Account", "account", { quotas }), ...has]) state.set(draftEntity(one));
  return state;
}

const counted = kindNames.flatMap((kind): [Kind, string][] => {
  const { quota } = kindRule(kind);
  return quota === undefined ? [] : [[kind, quota]];
});

describe("a quota", () => {
  it.each(counted)("limits %s to %s", (kind, quota) => {
    const [first, second] = [entity(kind, "one"), entity(kind, "two")];
    const full = account({ [quota]: 1 }, first);
    const where = parentOf(kind) ? "API" : "account";
    const message = `Maximum number of ${quota} for this ${where} has been reached: 1. Please contact the operator of the gateway if you need more.`;
    expect(() => checkQuotas(full, { puts: [second], deletes: [] })).toThrow(message);
    expect(() => checkQuotas(account({ [quota]: 1 }), { puts: [first, second], deletes: [] })).toThrow(
      message,
    );
    // An existing entity can be changed or replaced.
    checkQuotas(full, { puts: [first], deletes: [] });
    checkQuotas(full, { puts: [second], deletes: [draftEntity(first)] });
    checkQuotas(account({ [quota]: 2 }, first), { puts: [second], deletes: [] });
  });

  it.each(["authorizers", "integrations", "routes"])(
    "limits the %s of an HTTP API, which are members of the API",
    (name) => {
      const api = (count: number) =>
        entity("Api", API, { [name]: Object.fromEntries(Array.from({ length: count }, (_, i) => [i, {}])) });
      const full = account({ [name]: 2 }, api(2));
      expect(() => checkQuotas(full, { puts: [api(3)], deletes: [] })).toThrow(
        `Maximum number of ${name} for this API has been reached: 2.`,
      );
      checkQuotas(full, { puts: [api(2)], deletes: [] });
      checkQuotas(full, { puts: [api(1)], deletes: [] });
    },
  );

  it("counts APIs of all protocols together", () => {
    const [one, ...others] = apiKinds.map((kind) => entity(kind, `${kind}-id`));
    for (const other of others)
      expect(() =>
        checkQuotas(account({ restApis: 1 }, one as Entity), { puts: [other], deletes: [] }),
      ).toThrow("restApis");
  });

  it("that is lowered keeps existing entities, but allows no new ones", () => {
    const full = account({ users: 1 }, entity("User", "a"), entity("User", "b"), entity("User", "c"));
    checkQuotas(full, { puts: [entity("User", "a")], deletes: [] });
    expect(() => checkQuotas(full, { puts: [entity("User", "d")], deletes: [] })).toThrow("users");
  });
});
