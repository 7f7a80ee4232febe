import { type Kind, kindRule } from "@tollgate/config";
import type { Operator } from "@tollgate/proto/access";
import { Refusal } from "../refusal.ts";

const isAdmin = ({ roles }: Operator) => roles.includes("admin");

const refuse = ({ name, roles }: Operator, what: string): never => {
  throw new Refusal(
    "permission-denied",
    `'${name}' has the role ${roles.join(" and ")}; ${what} requires admin`,
  );
};

/** checkMayWrite throws unless an operator may write the kinds. Only admins may write identities, as their writers can act as any of them. */
export function checkMayWrite(operator: Operator, entities: Iterable<{ readonly kind: Kind }>): void {
  if (isAdmin(operator)) return;
  for (const { kind } of entities)
    if (kindRule(kind).writableBy === "admin") refuse(operator, `writing a ${kind}`);
}

/** checkMaySeeSecrets throws unless an operator may see secrets, which only admins may. */
export function checkMaySeeSecrets(operator: Operator, includeSecrets: boolean): void {
  if (includeSecrets && !isAdmin(operator)) refuse(operator, "include_secrets");
}
