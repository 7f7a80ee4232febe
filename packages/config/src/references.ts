import type { Mention, ReferenceRule } from "./define-kind.ts";
import type { Entity, EntityRef } from "./entity.ts";
import { facts } from "./facts.ts";
import { apiMember, type Kind, kindNames, kindRule, parentOf } from "./kind.ts";
import { type Problem, problemAt } from "./problem.ts";

/** Reference is a reference from one entity to another. */
export interface Reference {
  readonly to: EntityRef;
  /** What may be there in its place. */
  readonly or?: EntityRef;
  /** Where the reference is, for problems. */
  readonly path: string;
}

function* rulesOf(kind: Kind): Generator<{ readonly to: Kind; readonly rule: ReferenceRule<unknown> }> {
  for (const rule of kindRule(kind).references ?? []) yield { to: rule.to.name as Kind, rule };
}

/** What a reference from an entity of a kind may refer to instead. */
const alternativeTo = (rule: ReferenceRule<unknown>, from: Kind): Kind | undefined =>
  rule.orItself ? from : (rule.or?.name as Kind | undefined);

/** referencesOf lists everything that an entity requires to exist: its API, and what its spec refers to. */
export function referencesOf(entity: Entity): readonly Reference[] {
  const at = `${entity.kind}/${entity.id}`;
  const parent = parentOf(entity.kind);
  const references: Reference[] = [];
  if (parent)
    references.push({
      to: { kind: parent, apiId: "", id: entity.apiId },
      path: `${at}.${apiMember(entity.kind)}`,
    });
  for (const { to, rule } of rulesOf(entity.kind)) {
    const refTo = (kind: Kind, id: string, { apiId = entity.apiId }: Mention): EntityRef => ({
      kind,
      apiId: parentOf(kind) ? apiId : "",
      id,
    });
    const or = alternativeTo(rule, entity.kind);
    for (const mention of rule.of(entity))
      if (mention.id !== undefined)
        references.push({
          to: refTo(to, mention.id, mention),
          ...(or ? { or: refTo(or, mention.id, mention) } : {}),
          path: `${at}.${mention.at}`,
        });
  }
  return references;
}

const ofAccount = (kind: Kind) => parentOf(kind) === undefined;

/** Kinds of the account that entities of an API may refer to. */
const referredFromBelow = new Set(
  kindNames
    .filter((kind) => !ofAccount(kind))
    .flatMap((kind) => [...rulesOf(kind)].map(({ to }) => to).filter(ofAccount)),
);

/** isReferredFromApis reports whether entities of an API may refer to a kind of the account. */
export const isReferredFromApis = (kind: Kind): boolean => referredFromBelow.has(kind);

/** refersToAny reports whether entities of a kind may refer to one of some kinds. */
export const refersToAny = (kind: Kind, kinds: ReadonlySet<Kind>): boolean =>
  [...rulesOf(kind)].some(({ to, rule }) => {
    const or = alternativeTo(rule, kind);
    return kinds.has(to) || (or !== undefined && kinds.has(or));
  });

/** danglingProblem is the problem of a reference whose target does not exist. */
export function danglingProblem({ to, path }: Reference): Problem {
  const { kind, id, apiId } = to;
  return problemAt(path, facts.REFERENCE_MISSING({ kind, id, apiId }));
}
