import type { z } from "zod";
import type { FrozenIn, KindDefinition, KindRole } from "./define-kind.ts";
import { accountKind } from "./kinds/account.ts";
import * as counted from "./kinds/index.ts";
import { quotaNamesOf } from "./quota.ts";

/** kinds is every kind of entity by its name. */
export const kinds = { Account: accountKind(quotaNamesOf(Object.values(counted))), ...counted };

export type Kind = keyof typeof kinds;
export type SpecOf<K extends Kind> = z.output<(typeof kinds)[K]["spec"]>;

/** KindsOf are the kinds with a role, such as "stage" for the stages of APIs of every protocol. */
export type KindsOf<R extends KindRole> = {
  [K in Kind]: R extends (typeof kinds)[K]["role"] ? K : never;
}[Kind];

/** KindsIn are the kinds that one member of a deployment freezes. */
export type KindsIn<F extends FrozenIn> = {
  [K in Kind]: F extends (typeof kinds)[K]["frozenIn"] ? K : never;
}[Kind];

/** HolderKind is a kind that policies can be attached to. */
export type HolderKind = {
  [K in Kind]: SpecOf<K> extends { readonly managedPolicyArns: readonly string[] } ? K : never;
}[Kind];

/** kindNames are the names of all kinds. */
export const kindNames = Object.keys(kinds) as readonly Kind[];

/** kindRule reads the definition of a kind with its common type. */
export const kindRule = (kind: Kind): KindDefinition => kinds[kind];

export const isKind = (kind: string): kind is Kind => Object.hasOwn(kinds, kind);

/** parentOf is the kind of API that entities of a kind belong to; undefined: they belong to the account. */
export const parentOf = (kind: Kind): Kind | undefined => kindRule(kind).parent?.name as Kind | undefined;

/** isApi reports whether entities of other kinds belong to this kind. */
export const isApi = (kind: Kind): kind is KindsOf<"api"> => kindRule(kind).role === "api";

export const isStage = (kind: Kind): kind is KindsOf<"stage"> => kindRule(kind).role === "stage";

/** isDeployment reports whether entities of a kind are immutable snapshots of an API. */
export const isDeployment = (kind: Kind): kind is KindsOf<"deployment"> =>
  kindRule(kind).role === "deployment";

/** isFrozen reports whether deployments store a frozen copy of entities of a kind. */
export const isFrozen = (kind: Kind): boolean => kindRule(kind).frozenIn !== undefined;

/** isNumerous reports whether there may be a million entities of a kind in an account. */
export const isNumerous = (kind: Kind): boolean => kindRule(kind).isNumerous === true;

/** isComponent reports whether the methods of a REST API share entities of a kind, such as models. */
export const isComponent = (kind: Kind): kind is KindsIn<"definitions"> =>
  kindRule(kind).frozenIn === "definitions";

/** isHolder reports whether policies can be attached to entities of a kind. */
export const isHolder = (kind: Kind): kind is HolderKind => kindRule(kind).permits === "holder";

/** apiKinds are the kinds that other kinds belong to. */
export const apiKinds: readonly KindsOf<"api">[] = kindNames.filter(isApi);

/** holderKinds are the kinds that policies can be attached to. */
export const holderKinds: readonly HolderKind[] = kindNames.filter(isHolder);

/** numerousKinds are the kinds of which there may be a million entities in an account. */
export const numerousKinds: readonly Kind[] = kindNames.filter(isNumerous);

/** kindsBelow are the kinds that belong to an API of a kind. */
export const kindsBelow = (api: KindsOf<"api">): readonly Kind[] =>
  kindNames.filter((kind) => parentOf(kind) === api);

const memberOf = ({ name }: KindDefinition): string => `${name[0]?.toLowerCase()}${name.slice(1)}Id`;

/** apiMember is how a manifest of a kind names its API: restApiId below a REST API, apiId below an HTTP or WebSocket API. */
export const apiMember = (kind: Kind): string => memberOf(kindRule(kind).parent ?? kinds.RestApi);
