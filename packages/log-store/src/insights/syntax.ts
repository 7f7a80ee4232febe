import type { Pattern } from "@tollgate/patterns";

/** Span is where a part of a query is: characters from `start` on and before `end`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Period is a length of time such as 5m; months, quarters and years are those of the calendar. */
export interface Period {
  readonly count: number;
  readonly unit: PeriodUnit;
}

export type PeriodUnit = "ms" | "s" | "m" | "h" | "d" | "w" | "mo" | "q" | "y";

export type Comparison = "=" | "!=" | "<" | "<=" | ">" | ">=";
export type Arithmetic = "+" | "-" | "*" | "/" | "%" | "^";

/** Expression is an expression of a query as a tree (AWS: CloudWatch Logs Insights, operations and functions). */
export type Expression = Span &
  (
    | { readonly type: "constant"; readonly value: string | number | boolean }
    | { readonly type: "period"; readonly period: Period }
    | { readonly type: "field"; readonly name: string }
    /** `*`, as count has it. */
    | { readonly type: "all" }
    | { readonly type: "call"; readonly name: string; readonly args: readonly Expression[] }
    | { readonly type: "negative" | "not"; readonly of: Expression }
    | {
        readonly type: "binary";
        readonly operator: "and" | "or" | Comparison | Arithmetic;
        readonly left: Expression;
        readonly right: Expression;
      }
    | { readonly type: "in"; readonly of: Expression; readonly items: readonly Expression[] }
    | { readonly type: "like"; readonly of: Expression; readonly pattern: string | Pattern }
  );

/** Item is an expression with the name of its column: that after `as`, or the text of the expression. */
export interface Item {
  readonly expression: Expression;
  readonly name: string;
}

export type Command =
  | { readonly type: "fields" | "display" | "dedup"; readonly items: readonly Item[] }
  | { readonly type: "filter"; readonly test: Expression }
  | { readonly type: "stats"; readonly items: readonly Item[]; readonly by: readonly Item[] }
  | {
      readonly type: "sort";
      readonly terms: readonly { readonly expression: Expression; readonly isDescending: boolean }[];
    }
  | { readonly type: "limit"; readonly count: number }
  /** Names that are not in a pattern are those of its groups. */
  | {
      readonly type: "parse";
      readonly of: Expression;
      readonly pattern: string | Pattern;
      readonly names: readonly string[];
    };
