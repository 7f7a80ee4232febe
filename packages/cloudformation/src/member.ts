/** member is an object's own member by a name from a template; never an inherited one, such as constructor. */
export const member = <T>(of: Readonly<Record<string, T>> | undefined, name: string): T | undefined =>
  of !== undefined && Object.hasOwn(of, name) ? of[name] : undefined;
