import type { z } from "zod";

/** The parameters of a sentence by their roles, such as {kind: "Model", id: "Pet"}. */
export type FactParams = Readonly<Record<string, string | number>>;

/** Fact says which rule is broken and by what, independent of the place. The message is its English sentence. */
export interface Fact {
  /** The kind of problem, such as "REFERENCE_MISSING". Programs check the code, never the message. */
  readonly code: string;
  readonly params: FactParams;
  readonly message: string;
}

/** Problem is one finding of validation: a fact and its place. */
export interface Problem extends Fact {
  /** "{Kind}/{id}" and the path of the member, such as "Resource/a1b2c3.methods.GET.integration.uri". */
  readonly path: string;
  /** The path of the member within the spec, step by step. */
  readonly member?: readonly PropertyKey[];
}

export type Parsed<T> = { ok: true; value: T } | { ok: false; problems: readonly Problem[] };

/** problemAt adds to a fact the place where it was found. */
export const problemAt = (path: string, { code, params, message }: Fact): Problem => ({
  code,
  path,
  params,
  message,
});

/** raise reports a fact from within a schema, at a member of the checked value. */
export const raise = (
  context: z.RefinementCtx,
  { code, params, message }: Fact,
  path: readonly PropertyKey[] = [],
): void => context.addIssue({ code: "custom", path: [...path], message, params: { code, params } });

/** Sentence builds the English message of a fact from its parameters. */
type Sentence = (params: never) => string;

type Maker<S extends Sentence> = (
  ...params: Parameters<S> extends [] ? [] : [params: Parameters<S>[0]]
) => Fact;

/**
 * factCatalogue makes a constructor for each code of a catalogue, so that the code, the parameters and the sentence of a fact are written
 * in one place:
 *
 *   const facts = factCatalogue({
 *     REFERENCE_MISSING: ({ kind, id }: { kind: string; id: string }) => `there is no ${kind} '${id}'`,
 *   });
 *   problemAt("Stage/prod.deploymentId", facts.REFERENCE_MISSING({ kind: "Deployment", id: "abc123" }));
 */
export function factCatalogue<S extends Readonly<Record<string, Sentence>>>(
  sentences: S,
): { readonly [C in keyof S]: Maker<S[C]> } {
  const makers = Object.entries(sentences).map(([code, sentence]) => [
    code,
    (params: FactParams = {}): Fact => ({ code, params, message: sentence(params as never) }),
  ]);
  return Object.fromEntries(makers) as { readonly [C in keyof S]: Maker<S[C]> };
}
