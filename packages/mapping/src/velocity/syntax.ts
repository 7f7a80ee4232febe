import type { ArithmeticOperator, ComparisonOperator } from "../java/arithmetic.ts";
import type { JavaDouble } from "../java/value.ts";

/** Syntax tree of a template (Apache Velocity 1.7, User Guide and VTL Reference). */
export type Node =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "reference"; readonly reference: Reference; readonly backslashes: number }
  | { readonly kind: "set"; readonly target: Reference; readonly value: Expression }
  | { readonly kind: "if"; readonly branches: readonly Branch[]; readonly otherwise: Block | undefined }
  | { readonly kind: "foreach"; readonly variable: string; readonly list: Expression; readonly block: Block }
  | { readonly kind: "macro"; readonly macro: Macro }
  | {
      readonly kind: "call";
      readonly name: string;
      readonly args: readonly Expression[];
      readonly body: Block | undefined;
      /** The string that it prints if the macro does not exist. */
      readonly source: string;
      readonly place: () => Place;
    }
  | { readonly kind: "define"; readonly variable: string; readonly block: Block }
  | { readonly kind: "break" }
  | { readonly kind: "stop" };

export type Block = readonly Node[];

export interface Branch {
  readonly condition: Expression;
  readonly block: Block;
}

export interface Macro {
  readonly name: string;
  readonly parameters: readonly string[];
  readonly block: Block;
}

/** Reference is $root followed by steps. */
export interface Reference {
  readonly root: string;
  readonly steps: readonly Step[];
  /** $!x prints nothing where $x prints its own text. */
  readonly quiet: boolean;
  /** As it was written. */
  readonly source: string;
}

export type Step =
  | { readonly kind: "property"; readonly name: string }
  | { readonly kind: "method"; readonly name: string; readonly args: readonly Expression[] }
  | { readonly kind: "index"; readonly index: Expression };

export type Expression =
  | { readonly kind: "literal"; readonly value: string | number | bigint | boolean | JavaDouble | null }
  | { readonly kind: "interpolated"; readonly block: Block }
  | { readonly kind: "reference"; readonly reference: Reference }
  | { readonly kind: "list"; readonly items: readonly Expression[] }
  | { readonly kind: "range"; readonly from: Expression; readonly to: Expression }
  | { readonly kind: "map"; readonly entries: readonly (readonly [Expression, Expression])[] }
  | {
      readonly kind: "arithmetic";
      readonly operator: ArithmeticOperator;
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly kind: "comparison";
      readonly operator: ComparisonOperator | "==" | "!=";
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: "and" | "or"; readonly left: Expression; readonly right: Expression }
  | { readonly kind: "not"; readonly operand: Expression };

/** Place is a position in a template's text, counted from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** TemplateSyntaxError says what is wrong with a template, and where. */
export class TemplateSyntaxError extends Error {
  readonly #place: () => Place;
  readonly #what: string;

  /** `place` is computed only for a message: what looks like a call of a macro is often plain text. */
  constructor(place: () => Place, what: string) {
    super();
    this.#place = place;
    this.#what = what;
  }

  override get message(): string {
    const { line, column } = this.#place();
    return `line ${line}, column ${column}: ${this.#what}`;
  }
}
