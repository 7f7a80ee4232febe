const containersIn = (values: readonly unknown[]): readonly object[] =>
  values.filter((one): one is object => typeof one === "object" && one !== null);

/**
 * isNestedDeeper says whether objects and lists are nested more levels deep than that. What reads, compares or writes such a value goes as deep
 * by calls of itself; this does not.
 */
export function isNestedDeeper(value: unknown, levelsMax: number): boolean {
  let level = containersIn([value]);
  for (let depth = 0; depth < levelsMax && level.length > 0; depth++)
    level = containersIn(level.flatMap((one) => Object.values(one)));
  return level.length > 0;
}
