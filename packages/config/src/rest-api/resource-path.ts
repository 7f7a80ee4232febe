import { facts } from "../facts.ts";
import type { Fact } from "../problem.ts";

const SEGMENT = /^([A-Za-z0-9._\-,:]+|\{[A-Za-z0-9._-]+\+?\})$/;

/** pathProblem is the fact that makes a resource's path invalid, if any. */
export function pathProblem(path: string): Fact | undefined {
  if (path === "/") return undefined;
  if (!path.startsWith("/")) return facts.PATH_START();
  if (path.endsWith("/")) return facts.PATH_END();
  const segments = path.slice(1).split("/");
  const names = new Set<string>();
  for (const [i, segment] of segments.entries()) {
    if (segment === "") return facts.PATH_SEGMENT_EMPTY();
    if (!SEGMENT.test(segment))
      return facts.PATH_SEGMENT_INVALID({
        segment,
        allowed: "characters of a-z, A-Z, 0-9 and ._-,: or a {parameter} or {parameter+}",
      });
    if (segment.endsWith("+}") && i !== segments.length - 1) return facts.PATH_GREEDY_NOT_LAST({ segment });
    const name = /^\{(.+?)\+?\}$/.exec(segment)?.[1];
    if (name !== undefined && names.has(name)) return facts.PATH_PARAMETER_TWICE({ name });
    if (name !== undefined) names.add(name);
  }
  return undefined;
}
