/** member is what an object itself has under a name that a template gives: never what all objects inherit, as constructor. */
export const member = <T>(of: Readonly<Record<string, T>> | undefined, name: string): T | undefined =>
  of !== undefined && Object.hasOwn(of, name) ? of[name] : undefined;
