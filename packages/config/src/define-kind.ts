import type { z } from "zod";

/** KindRole is the part that a kind plays in APIs of every protocol; most kinds have none. */
export type KindRole = "api" | "stage" | "deployment";

/** FrozenIn is the member of a deployment's spec that stores the frozen copy of an entity. */
export type FrozenIn = "restApi" | "chunks" | "definitions" | "api";

/** EntityPart is the part of an entity that the rules of its kind read. */
export interface EntityPart<Spec = unknown> {
  /** Id of the API that it belongs to; empty for kinds of the account. */
  readonly apiId: string;
  readonly id: string;
  readonly spec: Spec;
}

/** Mention is a place in a spec that may refer to another entity. */
export interface Mention {
  /** undefined: nothing is referred to here. */
  readonly id: string | undefined;
  /** Its path within the spec. */
  readonly at: string;
  /** The API of the entity referred to; absent: the API of the referring entity. */
  readonly apiId?: string;
}

/** ReferenceRule finds the references from entities of one kind to entities of another. */
export interface ReferenceRule<Spec> {
  readonly to: KindDefinition;
  /** The entity may be of this kind instead. */
  readonly or?: KindDefinition;
  /** The entity may be of the referring entity's own kind instead. */
  readonly orItself?: true;
  of(entity: EntityPart<Spec>): Iterable<Mention>;
}

/** Delivery is how entities of a kind reach the nodes: within the artifact of a stage or of the account, or as their own artifact. */
export type Delivery<Spec> =
  | { readonly within: "stage" | "account" }
  | {
      readonly within: "itself";
      nameOf(accountId: string, entity: EntityPart<Spec>): string;
      /** undefined: it is not delivered to any node. */
      contentOf(accountId: string, entity: EntityPart<Spec>): object | undefined;
    };

/**
 * KindDefinition is everything that is specific to a kind. Every table of kinds is derived from these members, so a new kind is one file
 * with one definition, and one line in kinds/index.ts.
 */
export interface KindDefinition<
  Name extends string = string,
  Spec extends z.ZodType = z.ZodType,
  Role extends KindRole | undefined = KindRole | undefined,
  Part extends FrozenIn | undefined = FrozenIn | undefined,
> {
  readonly name: Name;
  /** What an entity is, in a sentence or two for its author. */
  readonly about: string;
  readonly spec: Spec;
  /** The segment for this kind in the names of its entities. */
  readonly collection: string;
  /** The kind of API that it belongs to; absent: it belongs to the account. */
  readonly parent?: KindDefinition;
  readonly id: {
    readonly pattern: RegExp;
    /** What the id must be: the end of a sentence that begins with "it". */
    readonly help: string;
    /** Creates an id if the author gives none; absent if the id is a name that only the author can choose. */
    readonly make?: () => string;
    /** The id of the only entity of this kind; absent: there can be many. */
    readonly only?: string;
  };
  readonly role?: Role;
  /** What it refers to besides its API. */
  readonly references?: readonly ReferenceRule<z.output<Spec>>[];
  /**
   * The quota that its entities count against, of its API or of the account (AWS's value in brackets); undefined: its ids are a closed
   * set.
   */
  readonly quota: string | undefined;
  /** Members of an API's spec whose entries count against the API's quota of the same name. */
  readonly counts?: readonly string[];
  readonly frozenIn?: Part;
  readonly delivery?: Delivery<z.output<Spec>>;
  /** The role that is required to write it; absent: any role that may write. */
  readonly writableBy?: "admin";
  /** It decides what callers may do: it has policies ("holder"), or is one ("policy"). */
  readonly permits?: "holder" | "policy";
  /** Names by which nodes look it up, such as the digest of the key that a caller sends. */
  keyNames?(accountId: string, entity: EntityPart<z.output<Spec>>): readonly string[];
  /** There may be a million of them in an account, which such a kind belongs to. */
  readonly isNumerous?: boolean;
  /** It says who is charged what: events of billing and spend limits depend on it. */
  readonly bills?: true;
  /** Members that calls and operators change at run time, and that templates never write. */
  readonly runtimeMembers?: readonly (keyof z.output<Spec> & string)[];
  /** Members that control planes write: they stay as they are, whatever an operator says of them. */
  readonly keptMembers?: readonly (keyof z.output<Spec> & string)[];
  /** Where a spec has a secret (* is any member), and how to create one if the author left it out; without `make`, it stays absent. */
  readonly secret?: { readonly path: readonly string[]; readonly make?: () => string };
}

/** defineKind returns its definition with names and roles typed as literals. */
export const defineKind = <
  const Name extends string,
  Spec extends z.ZodType,
  const Role extends KindRole | undefined = undefined,
  const Part extends FrozenIn | undefined = undefined,
>(
  definition: KindDefinition<Name, Spec, Role, Part>,
): KindDefinition<Name, Spec, Role, Part> => definition;
