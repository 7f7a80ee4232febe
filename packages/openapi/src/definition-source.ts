/** DefinitionSource is a parsed string that knows the line of every member. */
export interface DefinitionSource {
  readonly root: unknown;
  /** 1-based line of a member, or of its nearest existing parent. */
  lineOf(path: readonly string[]): number;
}

/** DefinitionError says why a string is not a definition. */
export class DefinitionError extends Error {}

/** Deepest nesting of a definition: its readers are recursive. */
const MAX_DEPTH = 500;

function isTooDeep(root: unknown): boolean {
  let level: unknown[] = [root];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) return true;
    // A value that several aliases refer to is checked once.
    level = [
      ...new Set(
        level.flatMap((value) =>
          typeof value === "object" && value !== null
            ? Object.values(value).filter((item) => typeof item === "object" && item !== null)
            : [],
        ),
      ),
    ];
  }
  return false;
}

/** refuseDeep refuses values that are nested too deeply for recursive readers. */
export function refuseDeep(root: unknown): void {
  if (isTooDeep(root))
    throw new DefinitionError(`the definition is nested more than ${MAX_DEPTH} levels deep`);
}
