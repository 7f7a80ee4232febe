/** DefinitionSource is a text that was read and still knows where everything stands. */
export interface DefinitionSource {
  readonly root: unknown;
  /** 1-based line of a member, or of its nearest parent that is there. */
  lineOf(path: readonly string[]): number;
}

/** DefinitionError says why a text is no definition. */
export class DefinitionError extends Error {}

/** Deepest nesting of a definition: what reads it follows its structure. */
const MAX_DEPTH = 500;

function isTooDeep(root: unknown): boolean {
  let level: unknown[] = [root];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) return true;
    // What stands in several places by an alias is looked at once.
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

/** refuseDeep refuses what is nested too deeply for those that follow its structure. */
export function refuseDeep(root: unknown): void {
  if (isTooDeep(root))
    throw new DefinitionError(`the definition is nested more than ${MAX_DEPTH} levels deep`);
}
