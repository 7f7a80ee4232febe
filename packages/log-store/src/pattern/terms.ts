import { containing } from "./candidates.ts";
import type { LogPattern } from "./log-pattern.ts";
import type { Scanner } from "./scanner.ts";

interface Term {
  readonly kind: "required" | "optional" | "excluded";
  readonly text: string | undefined;
  readonly isIn: (message: string) => boolean;
}

function readTerm(scanner: Scanner): Term {
  const sign = scanner.match(/[?-]/y);
  const kind = sign === "?" ? "optional" : sign === "-" ? "excluded" : "required";
  const regex = scanner.regex();
  if (regex) return { kind, text: undefined, isIn: (message) => regex.test(message) };
  const text = scanner.quoted() ?? scanner.match(/[^\s"]+/y);
  if (text === undefined || text === "") scanner.fail("a term");
  return { kind, text, isIn: (message) => message.includes(text) };
}

/** compileTerms compiles terms: all must be in an event, `?term` any of several, `-term` must not be; optional ones count only where no other is required. */
export function compileTerms(scanner: Scanner): LogPattern {
  const terms: Term[] = [];
  for (scanner.skipSpaces(); !scanner.isAtEnd; scanner.skipSpaces()) terms.push(readTerm(scanner));
  const of = (kind: Term["kind"]) => terms.filter((term) => term.kind === kind);
  const [required, excluded, given] = [of("required"), of("excluded"), of("optional")];
  const optional = required.length > 0 ? [] : given;
  const longest = required
    .flatMap(({ text }) => text ?? [])
    .reduce<string>((known, text) => (text.length > known.length ? text : known), "");
  return {
    candidates: longest === "" ? undefined : containing(longest),
    matches: (message) =>
      required.every(({ isIn }) => isIn(message)) &&
      (optional.length === 0 || optional.some(({ isIn }) => isIn(message))) &&
      !excluded.some(({ isIn }) => isIn(message)),
  };
}
