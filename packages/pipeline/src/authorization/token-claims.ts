import type { JWTPayload } from "jose";
import { javaDate } from "../call/dates.ts";

const DATES = new Set(["exp", "iat"]);

/** How claims that are no texts are shown. */
interface ClaimForms {
  readonly date: (unixS: number) => string;
  readonly list: (values: readonly unknown[]) => string;
}

/** REST APIs show times of the token in Java's form. */
const restForms: ClaimForms = { date: (unixS) => javaDate(unixS * 1000), list: (values) => values.join(",") };

/** claimsOf are a token's claims as texts. */
export function claimsOf(
  payload: JWTPayload,
  { date, list }: ClaimForms = restForms,
): Readonly<Record<string, string>> {
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
