import { type Entity, type Problem, problemAt } from "@tollgate/config";
import { facts } from "../facts.ts";

type Outputs = Entity<"Stack">["spec"]["outputs"];

const exportsOf = (outputs: Outputs): ReadonlyMap<string, string> =>
  new Map(
    Object.values(outputs).flatMap(({ exportName, value }) =>
      exportName === undefined ? [] : [[exportName, value]],
    ),
  );

/** exportedBy finds the exports of stacks other than one, by their names. */
export const exportedBy = (
  stacks: readonly Entity<"Stack">[],
  except: string,
  name: string,
): string | undefined =>
  stacks.filter(({ id }) => id !== except).flatMap(({ spec }) => exportsOf(spec.outputs).get(name) ?? [])[0];

/** exportProblems is what keeps a stack from exporting what it is to: names of others, and what others import (AWS: exports of stacks). */
export function exportProblems(
  stacks: readonly Entity<"Stack">[],
  stack: string,
  outputs: Outputs,
): readonly Problem[] {
  const at = `Stack/${stack}.outputs`;
  const others = stacks.filter(({ id }) => id !== stack);
  const before = exportsOf(stacks.find(({ id }) => id === stack)?.spec.outputs ?? {});
  const after = exportsOf(outputs);
  const taken = others.flatMap(({ id, spec }) =>
    [...exportsOf(spec.outputs).keys()]
      .filter((name) => after.has(name))
      .map((name) => problemAt(at, facts.EXPORT_TAKEN({ name, stack: id }))),
  );
  const inUse = others.flatMap(({ id, spec }) =>
    spec.imports
      .filter((name) => before.has(name) && before.get(name) !== after.get(name))
      .map((name) => {
        const verb = after.has(name) ? "change" : "be removed";
        return problemAt(at, facts.EXPORT_IN_USE({ name, stack: id, verb }));
      }),
  );
  return [...taken, ...inUse];
}
