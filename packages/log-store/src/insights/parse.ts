import type { Pattern } from "@tollgate/patterns";
import { compileExpression } from "./expression.ts";
import type { Row } from "./row.ts";
import type { Command } from "./syntax.ts";
import { textOf } from "./value.ts";

type Parse = Extract<Command, { readonly type: "parse" }>;

/** What each * of a text stands for: as little as possible, and at its end the rest. undefined: the text is not like that. */
function globbed(parts: readonly string[], text: string): readonly string[] | undefined {
  const [first = "", ...rest] = parts;
  let at = text.indexOf(first);
  if (at < 0) return undefined;
  at += first.length;
  const found: string[] = [];
  for (const [i, part] of rest.entries()) {
    const isLast = i === rest.length - 1;
    const end = part === "" && isLast ? text.length : text.indexOf(part, at);
    if (end < 0) return undefined;
    found.push(text.slice(at, end));
    at = end + part.length;
  }
  return found;
}

function grouped(
  pattern: Pattern,
  names: readonly string[],
  text: string,
): readonly (string | undefined)[] | undefined {
  for (const { groups, named } of pattern.find(text))
    return names.map((name, i) => named?.[name] ?? groups[i + 1]);
  return undefined;
}

/** compileParse compiles a parse command: it gives rows fields, where their text is like the pattern. Throws QueryProblem. */
export function compileParse({ of, pattern, names }: Parse): (row: Row) => void {
  const value = compileExpression(of);
  const parts = typeof pattern === "string" ? pattern.split("*") : [];
  return (row) => {
    const text = textOf(value(row));
    if (text === undefined) return;
    const found = typeof pattern === "string" ? globbed(parts, text) : grouped(pattern, names, text);
    for (const [i, name] of names.entries()) if (found?.[i] !== undefined) row.set(name, found[i]);
  };
}
