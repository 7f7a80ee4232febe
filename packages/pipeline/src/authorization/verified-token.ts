import type { JWTPayload } from "jose";
import type { AuthorizerResult } from "./identity.ts";

/** VerifiedToken is a token that was found to be good. */
export interface VerifiedToken {
  readonly payload: JWTPayload;
  readonly result: AuthorizerResult;
}
