import type { Entity, Problem } from "@tollgate/config";
import type { View } from "./view.ts";

/** Two resources of an API must not have the same path, nor two siblings different parameters. */
function problemsOfApi(view: View, changed: readonly Entity<"Resource">[], apiId: string): Problem[] {
  const problems: Problem[] = [];
  const byPath = new Map<string, string>();
  const parameterAt = new Map<string, { segment: string; id: string }>();
  const isChanged = new Set(changed.map((entity) => entity.id));
  const report = (one: string, other: string, message: (other: string) => string) => {
    const at = isChanged.has(one) ? one : other;
    problems.push({ path: `Resource/${at}.path`, message: message(at === one ? other : one) });
  };
  for (const { id, spec } of view.list("Resource", apiId)) {
    const same = byPath.get(spec.path);
    if (same !== undefined)
      report(id, same, (other) => `Resource '${other}' has the path ${spec.path} already`);
    byPath.set(spec.path, id);
    let parent = "";
    for (const segment of spec.path.slice(1).split("/")) {
      if (segment.startsWith("{") && !segment.endsWith("+}")) {
        const sibling = parameterAt.get(parent);
        if (sibling && sibling.segment !== segment)
          report(
            id,
            sibling.id,
            (other) =>
              `a sibling ('${other}', ${sibling.segment} or ${segment}) has a variable path part already; only one is allowed below ${parent || "/"}`,
          );
        parameterAt.set(parent, { segment, id });
      }
      parent += `/${segment}`;
    }
  }
  return problems;
}

/** pathProblems reports paths of changed resources that do not go together with the others of their APIs. */
export function pathProblems(view: View, changed: readonly Entity<"Resource">[]): Problem[] {
  const byApi = Map.groupBy(changed, ({ apiId }) => apiId);
  return [...byApi].flatMap(([apiId, resources]) => problemsOfApi(view, resources, apiId));
}
