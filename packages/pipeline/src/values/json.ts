/** JsonObject is an object of JSON. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** isObject says whether a JSON value is an object: no list, and not null. */
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);
