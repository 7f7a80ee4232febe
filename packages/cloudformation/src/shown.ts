/** shown is a value of a template as a string. Objects may have a member toString that is not a function. */
export function shown(value: unknown): string {
  try {
    return String(value);
  } catch {
    return JSON.stringify(value);
  }
}
