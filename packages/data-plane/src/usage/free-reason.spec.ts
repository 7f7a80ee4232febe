import { describe, expect, it } from "vitest";
import type { Call } from "@tollgate/pipeline";
import { FreeReason } from "@tollgate/proto/usage";
import { freeReasonOf } from "./free-reason.ts";

type Refusal = NonNullable<Call["refusal"]>;

const reasonOf = (type: Refusal["type"] | undefined, resourcePath = "/pets", action = "ALLOW") =>
  freeReasonOf({
    waf: { action },
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
    expect([
      reasonOf("RESOURCE_NOT_FOUND", ""),
      reasonOf("MISSING_AUTHENTICATION_TOKEN", ""),
      reasonOf("THROTTLED", ""),
    ]).toEqual([FreeReason.NO_ROUTE, FreeReason.NO_ROUTE, FreeReason.NO_ROUTE]);
  });

  it.each(["BLOCK", "CAPTCHA", "CHALLENGE"])(
    "if a web ACL ends it with %s, also by its own response",
    (action) => {
      expect([reasonOf(undefined, "/pets", action), reasonOf(undefined, "", action)]).toEqual([
        FreeReason.DENIED,
        FreeReason.DENIED,
      ]);
    },
  );

  it("but not if it is a preflight of a path without a route, which the API answers", () => {
    expect(reasonOf(undefined, "")).toBe(FreeReason.UNSPECIFIED);
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
