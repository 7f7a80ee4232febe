import { describe, expect, it } from "vitest";
import type { Call } from "@tollgate/pipeline";
import { FreeReason } from "@tollgate/proto/usage";
import { freeReasonOf } from "./free-reason.ts";

type Refusal = NonNullable<Call["refusal"]>;

const reasonOf = (type: Refusal["type"] | undefined, resourcePath = "/pets") =>
  freeReasonOf({
    refusal: type && ({ type, message: "", errorType: "" } as Refusal),
    route: { resourcePath },
  } as never);

describe("a call is free", () => {
  it.each<[Refusal["type"], FreeReason]>([
    ["MISSING_AUTHENTICATION_TOKEN", FreeReason.UNAUTHENTICATED],
    ["UNAUTHORIZED", FreeReason.UNAUTHENTICATED],
    ["ACCESS_DENIED", FreeReason.DENIED],
    ["WAF_FILTERED", FreeReason.DENIED],
    ["AUTHORIZER_FAILURE", FreeReason.AUTHORIZER_FAILED],
    ["INVALID_API_KEY", FreeReason.KEY_INVALID],
    ["THROTTLED", FreeReason.THROTTLED],
    ["QUOTA_EXCEEDED", FreeReason.QUOTA_EXCEEDED],
    ["REQUEST_TOO_LARGE", FreeReason.MALFORMED],
    ["UNSUPPORTED_MEDIA_TYPE", FreeReason.MALFORMED],
  ])("if it is refused with %s", (type, reason) => {
    expect(reasonOf(type)).toBe(reason);
  });

  it("if no route takes it, whatever it is refused with", () => {
    expect([reasonOf(undefined, ""), reasonOf("MISSING_AUTHENTICATION_TOKEN", "")]).toEqual([
      FreeReason.NO_ROUTE,
      FreeReason.NO_ROUTE,
    ]);
  });

  it.each([
    undefined,
    "BAD_REQUEST_BODY",
    "BAD_REQUEST_PARAMETERS",
    "INTEGRATION_FAILURE",
    "INTEGRATION_TIMEOUT",
    "API_CONFIGURATION_ERROR",
  ] as const)("but not with %s", (type) => {
    expect(reasonOf(type)).toBe(FreeReason.UNSPECIFIED);
  });
});
