import { kindRule, type Kind } from "@tollgate/config";
import type { Operator } from "@tollgate/proto/access";
import { Refusal } from "../refusal.ts";

const isAdmin = ({ roles }: Operator) => roles.includes("admin");

const refuse = ({ name, roles }: Operator, what: string): never => {
  throw new Refusal("permission-denied", `'${name}' is ${roles.join(" and ")}; ${what} takes admin`);
};

/** checkMayWrite refuses operators other than admins to write what only they may: who writes identities could be anybody. */
export function checkMayWrite(operator: Operator, entities: Iterable<{ readonly kind: Kind }>): void {
  if (isAdmin(operator)) return;
  for (const { kind } of entities)
    if (kindRule(kind).writableBy === "admin") refuse(operator, `writing a ${kind}`);
}

/** checkMaySeeSecrets refuses operators other than admins to see secrets. */
export function checkMaySeeSecrets(operator: Operator, includeSecrets: boolean): void {
  if (includeSecrets && !isAdmin(operator)) refuse(operator, "include_secrets");
}
