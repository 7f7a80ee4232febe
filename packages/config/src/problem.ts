/** What a problem's message names, by its role, such as {kind: "Model", id: "Pet"}. */
export type ProblemParams = Readonly<Record<string, string | number>>;

/** Problem is one finding of validation as a fact: which kind of problem, where, about what. The message is its English sentence. */
export interface Problem {
  /** The kind of problem, such as "REFERENCE_MISSING". Programs decide by it, never by the message. */
  readonly code?: string;
  /** "{Kind}/{id}" and the path of the member, such as "Resource/a1b2c3.methods.GET.integration.uri". */
  readonly path: string;
  readonly params?: ProblemParams;
  readonly message: string;
  /** The path of the member within the spec, step by step. */
  readonly member?: readonly PropertyKey[];
}

export type Parsed<T> = { ok: true; value: T } | { ok: false; problems: readonly Problem[] };

/** A sentence says a problem in English, from its parameters. */
type Sentence = (params: never) => string;

type Maker<S extends Sentence> = (
  path: string,
  ...params: Parameters<S> extends [] ? [] : [params: Parameters<S>[0]]
) => Problem;

/**
 * problemCatalogue makes a constructor for each code of a catalogue, so that the code, the parameters and the sentence of a problem are
 * written in one place:
 *
 *   const problems = problemCatalogue({
 *     REFERENCE_MISSING: ({ kind, id }: { kind: string; id: string }) => `there is no ${kind} '${id}'`,
 *   });
 *   problems.REFERENCE_MISSING("Stage/prod.deploymentId", { kind: "Deployment", id: "abc123" });
 */
export function problemCatalogue<S extends Readonly<Record<string, Sentence>>>(
  sentences: S,
): { readonly [C in keyof S]: Maker<S[C]> } {
  const makers = Object.entries(sentences).map(([code, sentence]) => [
    code,
    (path: string, params: ProblemParams = {}): Problem => ({
      code,
      path,
      params,
      message: sentence(params as never),
    }),
  ]);
  return Object.fromEntries(makers) as { readonly [C in keyof S]: Maker<S[C]> };
}
