import type { Pattern } from "@tollgate/patterns";
import type { Value } from "../java/value.ts";

/** A step of a path, in Jayway's dialect (github.com/json-path/JsonPath). */
export type Token =
  | { readonly kind: "property"; readonly names: readonly string[] }
  | { readonly kind: "index"; readonly indexes: readonly number[] }
  | { readonly kind: "slice"; readonly from: number | undefined; readonly to: number | undefined }
  | { readonly kind: "wildcard" }
  | { readonly kind: "scan" }
  | { readonly kind: "filter"; readonly filter: Filter }
  | { readonly kind: "function"; readonly name: string; readonly args: readonly Operand[] };

export type Filter =
  | { readonly kind: "or" | "and"; readonly left: Filter; readonly right: Filter }
  | { readonly kind: "not"; readonly operand: Filter }
  | { readonly kind: "exists"; readonly path: RelativePath; readonly negated: boolean }
  | {
      readonly kind: "relation";
      readonly operator: string;
      readonly left: Operand;
      readonly right: Operand;
    };

/** RelativePath begins at the element that a filter looks at, or at the root. */
export interface RelativePath {
  readonly fromRoot: boolean;
  readonly tokens: readonly Token[];
}

export type Operand =
  | { readonly kind: "value"; readonly value: Value }
  | { readonly kind: "regex"; readonly regex: Pattern }
  | { readonly kind: "path"; readonly path: RelativePath };

/** JsonPathError says what is wrong with a path. */
export class JsonPathError extends Error {}

/** isDefinite returns whether a path matches at most one place: its result is then a value and not a list. */
export const isDefinite = (tokens: readonly Token[]): boolean =>
  tokens.every(
    (token, i) =>
      token.kind === "function" ||
      (token.kind === "property" && (token.names.length === 1 || i === tokens.length - 1)) ||
      (token.kind === "index" && token.indexes.length === 1),
  );
