import type { Compiled } from "./parameter.ts";

/** First reference or directive of the Velocity language: $name, ${name}, $!name, #if, #{if}, ##, #*, #[[. */
const DYNAMIC = /\$!?\{?[A-Za-z_]|#\{?[A-Za-z]+|##|#\*|#\[\[/;

/**
 * compileTemplate compiles a mapping template. Static templates are served; one that holds a reference or a directive is refused with its
 * line and column, because answering its source text would be worse than not deploying it.
 */
export function compileTemplate(text: string): Compiled<string> {
  const dynamic = DYNAMIC.exec(text);
  if (!dynamic) return { ok: true, value: text };
  const before = text.slice(0, dynamic.index).split("\n");
  const found = /^\S{1,20}/.exec(text.slice(dynamic.index))?.[0] ?? dynamic[0];
  return {
    ok: false,
    message: `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}: '${found}' is a Velocity reference or directive; only static templates are served yet`,
  };
}

/**
 * mockStatusCode reads the status that a MOCK integration's rendered request template asks for. The parser is as lenient as AWS's: keys
 * without or with single quotes and trailing commas pass. Undefined: no integer statusCode, or unbalanced braces.
 */
export function mockStatusCode(rendered: string): number | undefined {
  const text = rendered.trim();
  if (!text.startsWith("{") || !text.endsWith("}")) return undefined;
  const match = /[{,]\s*(?:"statusCode"|'statusCode'|statusCode)\s*:\s*(-?\d+)\s*(?=[,}])/.exec(text);
  return match?.[1] === undefined ? undefined : Number(match[1]);
}
