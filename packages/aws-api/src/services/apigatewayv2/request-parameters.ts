import type { JsonObject } from "../../protocol/rest-json/operation.ts";

/** storedParameters are parameters as they are stored: whether each is required. */
export const storedParameters = (given: unknown): Readonly<Record<string, boolean>> =>
  Object.fromEntries(
    Object.entries(given as Readonly<Record<string, { readonly required?: boolean }>>).map(
      ([name, { required = false }]) => [name, required],
    ),
  );

/** shownParameters are parameters as AWS shows them. */
export const shownParameters = (stored: Readonly<Record<string, boolean>> = {}): JsonObject =>
  Object.fromEntries(Object.entries(stored).map(([name, required]) => [name, { required }]));
