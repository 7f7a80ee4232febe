import { compileComparison, compileConditions, type Test } from "./conditions.ts";
import type { LogPattern } from "./log-pattern.ts";
import type { Scanner } from "./scanner.ts";

/** Field is one place of a space-delimited pattern; "any" is `...`, any number of fields. */
type Field = Test<string> | "any";

const anything: Test<string> = () => true;
const NAME = /[\w$@.-]+/y;

/** `status = 4* || status = 5*`: the name is that of the field, or is left out. */
function compileCondition(scanner: Scanner): Test<string> {
  scanner.skipSpaces();
  scanner.match(NAME);
  return compileComparison(scanner, { fromText: true, ends: ",]" });
}

function readField(scanner: Scanner): Field {
  if (scanner.take("...")) return "any";
  scanner.skipSpaces();
  const from = scanner.at;
  scanner.match(NAME);
  scanner.skipSpaces();
  if (/[,\]]/.test(scanner.text[scanner.at] ?? "]")) return anything;
  scanner.at = from;
  return compileConditions(scanner, compileCondition);
}

/** Fields are divided by spaces; what is in [ ] or in quotes is one. */
const FIELD = /\[([^\]]*)\]|"([^"]*)"|\S+/g;
const fieldsOf = (message: string): readonly string[] =>
  [...message.matchAll(FIELD)].map(([whole, bracketed, quoted]) => bracketed ?? quoted ?? whole);

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
