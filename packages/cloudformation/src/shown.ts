/** shown is a value of a template as a string. Its objects may have a member called toString that is not a function. */
export function shown(value: unknown): string {
  try {
    return String(value);
  } catch {
    return JSON.stringify(value);
  }
}
