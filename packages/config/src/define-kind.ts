import type { z } from "zod";

/** KindRole is what a kind is to an API of any protocol; a kind without one is none of them. */
export type KindRole = "api" | "stage" | "deployment";

/** FrozenIn is the member of a deployment's spec that keeps an entity as it was. */
export type FrozenIn = "restApi" | "chunks" | "definitions" | "api";

/** EntityPart is what a kind's own rules look at of an entity. */
export interface EntityPart<Spec = unknown> {
  /** Id of the API that it is below; empty for the kinds of the account. */
  readonly apiId: string;
  readonly id: string;
  readonly spec: Spec;
}

/** Mention is one place of a spec that may name another entity. */
export interface Mention {
  /** undefined: nothing is named here. */
  readonly id: string | undefined;
  /** Where it is, below the spec. */
  readonly at: string;
  /** The API of what is named; left out: the API of the entity that names it. */
  readonly apiId?: string;
}

/** ReferenceRule finds what entities of a kind mention of one other kind. */
export interface ReferenceRule<Spec> {
  readonly to: KindDefinition;
  of(entity: EntityPart<Spec>): Iterable<Mention>;
}

/** Delivery is how what an entity says reaches the nodes: within the artifact of a stage or of the account, or as an artifact of its own. */
export type Delivery<Spec> =
  | { readonly within: "stage" | "account" }
  | {
      readonly within: "itself";
      nameOf(accountId: string, entity: EntityPart<Spec>): string;
      /** undefined: no node may have it. */
      contentOf(accountId: string, entity: EntityPart<Spec>): object | undefined;
    };

/**
 * KindDefinition is everything that sets a kind apart. Every table of kinds is derived from these members, so a new kind is one file
 * with one definition, and one line in kinds/index.ts.
 */
export interface KindDefinition<
  Name extends string = string,
  Spec extends z.ZodType = z.ZodType,
  Role extends KindRole | undefined = KindRole | undefined,
  Part extends FrozenIn | undefined = FrozenIn | undefined,
> {
  readonly name: Name;
  readonly spec: Spec;
  /** The segment of its entities' names. */
  readonly collection: string;
  /** The kind of API that it is below; left out: it is of the account. */
  readonly parent?: KindDefinition;
  readonly id: {
    readonly pattern: RegExp;
    /** What the id must be, as the end of a sentence about it. */
    readonly help: string;
    /** Makes an id where an author gives none; left out where the id is a name that only its author knows. */
    readonly make?: () => string;
  };
  readonly role?: Role;
  /** What it refers to besides its API. */
  readonly references?: readonly ReferenceRule<z.output<Spec>>[];
  /** The quota that it counts for, of its API or of the account (with AWS's value in brackets); undefined: its ids are a closed set. */
  readonly quota: string | undefined;
  /** Members of an API's spec whose entries count for its quota of the same name. */
  readonly counts?: readonly string[];
  readonly frozenIn?: Part;
  readonly delivery?: Delivery<z.output<Spec>>;
  /** Who may write it; left out: whoever may write. */
  readonly writableBy?: "admin";
  /** It says what callers may do, by policies that it holds, or because it is one. */
  readonly permits?: "holder" | "policy";
  /** Names that nodes resolve it by, such as the digest of a key that a caller shows. */
  keyNames?(accountId: string, entity: EntityPart<z.output<Spec>>): readonly string[];
  /** Members that calls and operators change while it runs, and that a template never writes. */
  readonly runtimeMembers?: readonly (keyof z.output<Spec> & string)[];
  /** Where a spec holds a secret (* is any member), and how one is made that its author left out; without, it stays left out. */
  readonly secret?: { readonly path: readonly string[]; readonly make?: () => string };
}

/** defineKind gives a definition its type, names and roles as literals. */
export const defineKind = <
  const Name extends string,
  Spec extends z.ZodType,
  const Role extends KindRole | undefined = undefined,
  const Part extends FrozenIn | undefined = undefined,
>(
  definition: KindDefinition<Name, Spec, Role, Part>,
): KindDefinition<Name, Spec, Role, Part> => definition;
