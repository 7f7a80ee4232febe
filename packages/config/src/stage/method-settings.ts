/** A name of settings has the form "{resource path}/{METHOD}". AWS also writes the path as in a JSON pointer, such as "~1pets~1{id}/GET". */
function plain(name: string): string {
  const at = name.lastIndexOf("/");
  const path = name.slice(0, at).replaceAll("~1", "/").replaceAll("~0", "~");
  return `${path.replace(/^\//, "")}${name.slice(at)}`;
}

/** methodSettingName is the name under which settings have an entry for a method, however its path is written. undefined: none. */
export function methodSettingName(
  settings: Readonly<Record<string, unknown>>,
  name: string,
): string | undefined {
  if (Object.hasOwn(settings, name)) return name;
  const wanted = plain(name);
  return Object.keys(settings).find((one) => plain(one) === wanted);
}

/** methodSettingOf is the entry of a method, or undefined if only those of all methods apply. */
export function methodSettingOf<T>(
  settings: Readonly<Record<string, T>>,
  resourcePath: string,
  httpMethod: string,
): T | undefined {
  const name = methodSettingName(settings, `${resourcePath.slice(1)}/${httpMethod}`);
  return name === undefined ? undefined : settings[name];
}
