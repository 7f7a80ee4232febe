const SEGMENT = /^([A-Za-z0-9._\-,:]+|\{[A-Za-z0-9._-]+\+?\})$/;

/** pathProblem tells what is wrong with a resource's path, if anything. */
export function pathProblem(path: string): string | undefined {
  if (path === "/") return undefined;
  if (!path.startsWith("/")) return "must begin with /";
  if (path.endsWith("/")) return "must not end with /";
  const segments = path.slice(1).split("/");
  const names = new Set<string>();
  for (const [i, segment] of segments.entries()) {
    if (segment === "") return "must not have an empty segment (//)";
    if (!SEGMENT.test(segment))
      return `segment '${segment}' may only hold a-z, A-Z, 0-9 and ._-,: or be a whole {parameter} or {parameter+}`;
    if (segment.endsWith("+}") && i !== segments.length - 1)
      return `greedy segment '${segment}' must be the last`;
    const name = /^\{(.+?)\+?\}$/.exec(segment)?.[1];
    if (name !== undefined && names.has(name)) return `parameter '${name}' occurs twice`;
    if (name !== undefined) names.add(name);
  }
  return undefined;
}
