/** Problem is one finding of validation: where, and what is wrong and would be right. */
export interface Problem {
  /** "{Kind}/{id}" and the path of the member, such as "Resource/a1b2c3.methods.GET.integration.uri". */
  readonly path: string;
  readonly message: string;
  /** The path of the member within the spec, step by step. */
  readonly member?: readonly PropertyKey[];
}

export type Parsed<T> = { ok: true; value: T } | { ok: false; problems: readonly Problem[] };
