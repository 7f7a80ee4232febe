import type { Scanner } from "./scanner.ts";
import type { Expression } from "./syntax.ts";

/** parseList parses expressions between commas up to `close`. */
export function parseList(scanner: Scanner, close: string): Expression[] {
  const items: Expression[] = [];
  scanner.space();
  while (!scanner.take(close)) {
    if (items.length > 0) scanner.expect(",", `or '${close}'`);
    items.push(scanner.grammar.expression(scanner));
    scanner.space();
  }
  return items;
}
