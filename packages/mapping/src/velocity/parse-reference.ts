import { parseList } from "./parse-list.ts";
import type { Scanner } from "./scanner.ts";
import type { Reference, Step } from "./syntax.ts";

const OPENING = /\$(!?)(\{?)(?=[A-Za-z_])/y;
const PROPERTY = /\.(?=[A-Za-z_])/y;

/** parseReference parses $name, $!name, ${name} and $!{name} with their properties, methods and indexes; undefined: none begins here. */
export function parseReference(scanner: Scanner): Reference | undefined {
  const start = scanner.at;
  const opening = scanner.match(OPENING);
  if (!opening) return undefined;
  const root = scanner.name() as string;
  const steps: Step[] = [];
  for (;;) {
    if (scanner.match(PROPERTY)) {
      const name = scanner.name() as string;
      steps.push(
        scanner.take("(")
          ? { kind: "method", name, args: parseList(scanner, ")") }
          : { kind: "property", name },
      );
    } else if (scanner.take("[")) {
      scanner.space();
      const index = scanner.grammar.expression(scanner);
      scanner.space();
      scanner.expect("]", "after the index");
      steps.push({ kind: "index", index });
    } else break;
  }
  if (opening[2] === "{") scanner.expect("}", `to close '${scanner.text.slice(start, scanner.at)}'`);
  return { root, steps, quiet: opening[1] === "!", source: scanner.text.slice(start, scanner.at) };
}
