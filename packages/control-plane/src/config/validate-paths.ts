import { type Entity, type Fact, type Problem, problemAt } from "@tollgate/config";
import { facts } from "../facts.ts";
import type { View } from "./view.ts";

/** Two resources of an API must not have the same path, and siblings must not have different path parameters. */
function problemsOfApi(view: View, changed: readonly Entity<"Resource">[], apiId: string): Problem[] {
  const problems: Problem[] = [];
  const byPath = new Map<string, string>();
  const parameterAt = new Map<string, { segment: string; id: string }>();
  const isChanged = new Set(changed.map((entity) => entity.id));
  const report = (one: string, other: string, factOf: (other: string) => Fact) => {
    const at = isChanged.has(one) ? one : other;
    problems.push(problemAt(`Resource/${at}.path`, factOf(at === one ? other : one)));
  };
  for (const { id, spec } of view.list("Resource", apiId)) {
    const same = byPath.get(spec.path);
    if (same !== undefined) report(id, same, (other) => facts.PATH_TAKEN({ id: other, path: spec.path }));
    byPath.set(spec.path, id);
    let parent = "";
    for (const segment of spec.path.slice(1).split("/")) {
      const parentPath = parent || "/";
      if (segment.startsWith("{") && !segment.endsWith("+}")) {
        const sibling = parameterAt.get(parent);
        if (sibling && sibling.segment !== segment)
          report(id, sibling.id, (other) =>
            facts.PATH_PARAMETER_CONFLICT({
              id: other,
              one: sibling.segment,
              other: segment,
              parent: parentPath,
            }),
          );
        parameterAt.set(parent, { segment, id });
      }
      parent += `/${segment}`;
    }
  }
  return problems;
}

/** pathProblems reports paths of changed resources that conflict with other resources of their APIs. */
export function pathProblems(view: View, changed: readonly Entity<"Resource">[]): Problem[] {
  const byApi = Map.groupBy(changed, ({ apiId }) => apiId);
  return [...byApi].flatMap(([apiId, resources]) => problemsOfApi(view, resources, apiId));
}
