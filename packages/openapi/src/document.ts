import { isMap, LineCounter, parseDocument } from "yaml";

/** Largest definition that AWS imports (API Gateway quotas). */
export const DEFINITION_MAX_BYTES = 6 * 1024 * 1024;

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** DefinitionDocument is a parsed definition that still knows where in its file everything stands. */
export interface DefinitionDocument {
  readonly root: JsonObject;
  /** 1-based line of a member, or of its nearest parent that is there. */
  lineOf(path: readonly string[]): number;
}

export class DefinitionError extends Error {}

/** parseDefinition reads JSON or YAML. Throws DefinitionError with the line of what cannot be read. */
export function parseDefinition(text: string): DefinitionDocument {
  const sizeBytes = Buffer.byteLength(text);
  if (sizeBytes > DEFINITION_MAX_BYTES)
    throw new DefinitionError(
      `the definition has ${sizeBytes} bytes; at most ${DEFINITION_MAX_BYTES} can be imported`,
    );
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const [error] = document.errors;
  if (error) throw new DefinitionError(error.message.split("\n")[0] ?? error.message);
  const root: unknown = document.toJS({ maxAliasCount: 1000 });
  if (!isObject(root))
    throw new DefinitionError("the definition must be an object with 'openapi', 'info' and 'paths'");
  return {
    root,
    lineOf(path) {
      for (let length = path.length; length > 0; length--) {
        const parent = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
        if (!isMap(parent)) continue;
        const pair = parent.items.find((item) => String(item.key) === path[length - 1]);
        const range = (pair?.key as { range?: readonly number[] } | undefined)?.range;
        if (range?.[0] !== undefined) return lines.linePos(range[0]).line;
      }
      return 1;
    },
  };
}
