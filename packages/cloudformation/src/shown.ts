/** shown is a value of a template as a text. Its objects may have a member called toString that is no function. */
export function shown(value: unknown): string {
  try {
    return String(value);
  } catch {
    return JSON.stringify(value);
  }
}
