import type { JWTPayload } from "jose";
import { javaDate } from "../call/dates.ts";

const DATES = new Set(["exp", "iat"]);

/** ClaimForms is how claims that are not strings are shown. */
export interface ClaimForms {
  readonly date: (unixS: number) => string;
  readonly list: (values: readonly unknown[]) => string;
}

/** javaForms shows times as Java prints them: as user pools' authorizers do. */
export const javaForms: ClaimForms = {
  date: (unixS) => javaDate(unixS * 1000),
  list: (values) => values.join(","),
};

/** plainForms shows times as they are, and lists as [a b]: as JWT authorizers do. */
export const plainForms: ClaimForms = { date: String, list: (values) => `[${values.join(" ")}]` };

/** claimsOf are a token's claims as strings. */
export function claimsOf(payload: JWTPayload, { date, list }: ClaimForms): Readonly<Record<string, string>> {
  const claims = Object.create(null) as Record<string, string>;
  for (const [name, value] of Object.entries(payload)) {
    if (value === null || value === undefined) continue;
    if (DATES.has(name) && typeof value === "number") claims[name] = date(value);
    else if (Array.isArray(value)) claims[name] = list(value);
    else
      claims[name] =
        typeof value === "object" ? JSON.stringify(value) : String(value as string | number | boolean);
  }
  return claims;
}

const listOf = (given: unknown): readonly string[] =>
  Array.isArray(given) ? given.map(String) : typeof given === "string" ? given.split(" ") : [];

/** scopesOf are the scopes of a token, in scope or scp. */
export const scopesOf = ({ scope, scp }: JWTPayload): readonly string[] => listOf(scope ?? scp);
