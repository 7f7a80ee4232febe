import { nodeOf } from "./node.ts";

/** scopesOf are the scopes that an authorizer or an operation requires in a token. */
export const scopesOf = (given: unknown): unknown => nodeOf(given).AuthorizationScopes;
