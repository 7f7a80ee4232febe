import type { Kind } from "@tollgate/config";
import type { Operator } from "@tollgate/proto/access";
import { Refusal } from "../refusal.ts";

/** Kinds that say who may do what: who writes them could be anybody. */
const IDENTITIES = new Set<Kind>([
  "User",
  "Group",
  "Role",
  "ManagedPolicy",
  "OpenIdConnectProvider",
  "RootAccessKey",
]);

const isAdmin = ({ roles }: Operator) => roles.includes("admin");

const refuse = ({ name, roles }: Operator, what: string): never => {
  throw new Refusal("permission-denied", `'${name}' is ${roles.join(" and ")}; ${what} takes admin`);
};

/** checkMayWrite refuses operators other than admins to write identities. */
export function checkMayWrite(operator: Operator, entities: Iterable<{ readonly kind: Kind }>): void {
  if (isAdmin(operator)) return;
  for (const { kind } of entities) if (IDENTITIES.has(kind)) refuse(operator, `writing a ${kind}`);
}

/** checkMaySeeSecrets refuses operators other than admins to see secrets. */
export function checkMaySeeSecrets(operator: Operator, includeSecrets: boolean): void {
  if (includeSecrets && !isAdmin(operator)) refuse(operator, "include_secrets");
}
