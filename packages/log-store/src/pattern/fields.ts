import { type Condition, compileComparison, compileConditions, type Test } from "./conditions.ts";
import type { LogPattern } from "./log-pattern.ts";
import type { Scanner } from "./scanner.ts";

/** Field is one place of a space-delimited pattern; "any" is `...`, any number of fields. */
type Field = Test<string> | "any";

const anything: Test<string> = () => true;
const NAME = /[\w$@.-]+/y;

/** `status = 4* || status = 5*`: the name is that of the field, or is left out. */
function compileCondition(scanner: Scanner): Condition<string> {
  scanner.skipSpaces();
  scanner.match(NAME);
  return { test: compileComparison(scanner, { fromText: true, ends: ",]" }).fits };
}

function readField(scanner: Scanner): Field {
  if (scanner.take("...")) return "any";
  scanner.skipSpaces();
  const from = scanner.at;
  scanner.match(NAME);
  scanner.skipSpaces();
  if (/[,\]]/.test(scanner.text[scanner.at] ?? "]")) return anything;
  scanner.at = from;
  return compileConditions(scanner, compileCondition).test;
}

const WORD = /\S+/g;
const CLOSING: Readonly<Record<string, string>> = { "[": "]", '"': '"' };

/**
 * Fields are divided by spaces; what is in [ ] or in quotes is one. Clients decide what is in a message: the end of what is opened and never closed is
 * looked for once, so that the time is in proportion to the message.
 */
function fieldsOf(message: string): readonly string[] {
  const fields: string[] = [];
  const unclosed = new Set<string>();
  WORD.lastIndex = 0;
  for (let found = WORD.exec(message); found; found = WORD.exec(message)) {
    const closing = CLOSING[found[0][0] ?? ""];
    const end =
      closing === undefined || unclosed.has(closing) ? -1 : message.indexOf(closing, found.index + 1);
    if (end < 0) {
      if (closing !== undefined) unclosed.add(closing);
      fields.push(found[0]);
      continue;
    }
    fields.push(message.slice(found.index + 1, end));
    WORD.lastIndex = end + 1;
  }
  return fields;
}

const fit = (tests: readonly Field[], fields: readonly string[]): boolean =>
  tests.every((test, i) => test === "any" || test(fields[i] as string));

/** compileFields compiles `[ip, user, ..., status = 4*, bytes]`. An event has as many fields as the pattern, unless `...` stands for some. */
export function compileFields(scanner: Scanner): LogPattern {
  scanner.expect("[");
  const fields: Field[] = [];
  do fields.push(readField(scanner));
  while (scanner.take(","));
  scanner.expect("]");
  scanner.skipSpaces();
  if (!scanner.isAtEnd) scanner.fail("the end");
  const at = fields.indexOf("any");
  if (at < 0)
    return {
      matches(message) {
        const given = fieldsOf(message);
        return given.length === fields.length && fit(fields, given);
      },
    };
  const [before, after] = [fields.slice(0, at), fields.slice(at + 1)];
  if (after.includes("any")) scanner.fail("only one '...'");
  return {
    matches(message) {
      const given = fieldsOf(message);
      if (given.length < before.length + after.length) return false;
      return fit(before, given) && fit(after, given.slice(given.length - after.length));
    },
  };
}
