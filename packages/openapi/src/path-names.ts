/** ServedPath is a path as it is served, and its renamed parameters. */
export interface ServedPath {
  readonly path: string;
  readonly renamed: ReadonlyMap<string, string>;
}

const PARAMETER = /^\{([^}+]+)\}$/;

interface Place {
  /** Names of the parameter of this segment in all paths. */
  readonly names: Set<string>;
  /** Names of later parameters of those paths. */
  readonly deeper: Set<string>;
}

interface Step {
  readonly segment: string;
  /** Name of the segment's parameter. */
  readonly name: string | undefined;
  /** The path up to here, without the names of its parameters. */
  readonly place: string;
}

function stepsOf(path: string): readonly Step[] {
  let place = "";
  return path
    .slice(1)
    .split("/")
    .map((segment) => {
      const name = PARAMETER.exec(segment)?.[1];
      place += name === undefined ? `/${segment}` : "/{}";
      return { segment, name, place };
    });
}

function placesOf(paths: readonly string[]): ReadonlyMap<string, Place> {
  const places = new Map<string, Place>();
  for (const path of paths) {
    const parameters = stepsOf(path).filter(({ name }) => name !== undefined);
    for (const [i, { name = "", place }] of parameters.entries()) {
      const at = places.get(place) ?? { names: new Set(), deeper: new Set() };
      places.set(place, at);
      at.names.add(name);
      for (const { name: below = "" } of parameters.slice(i + 1)) at.deeper.add(below);
    }
  }
  return places;
}

/** A name that this segment already has, that no earlier parameter has, and if possible no later one. */
function nameFor({ names, deeper }: Place, above: ReadonlySet<string>): string {
  const free = [...names].filter((name) => !above.has(name));
  const [first = ""] = names;
  const found = free.find((name) => !deeper.has(name)) ?? free[0];
  if (found !== undefined) return found;
  let i = 2;
  while (above.has(`${first}${i}`)) i++;
  return `${first}${i}`;
}

/** servedPaths gives sibling parameters the same name: AWS allows one variable path part below each parent. */
export function servedPaths(paths: readonly string[]): (path: string) => ServedPath {
  const places = placesOf(paths);
  const decided = new Map<string, string>();
  return (path) => {
    const renamed = new Map<string, string>();
    const above = new Set<string>();
    const segments = stepsOf(path).map(({ segment, name, place }) => {
      if (name === undefined) return segment;
      const served = decided.get(place) ?? nameFor(places.get(place) as Place, above);
      decided.set(place, served);
      above.add(served);
      if (served !== name) renamed.set(name, served);
      return `{${served}}`;
    });
    return { path: `/${segments.join("/")}`, renamed };
  };
}
