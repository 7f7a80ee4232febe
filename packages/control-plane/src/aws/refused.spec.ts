import { expect, test } from "vitest";
import { AwsError } from "@tollgate/aws-api";
import { Refusal } from "../refusal.ts";
import { toAwsError } from "./refused.ts";

test.each([
  ["invalid", "BadRequestException", "no"],
  ["failed-precondition", "BadRequestException", "no"],
  ["not-found", "NotFoundException", "no"],
  ["limit", "LimitExceededException", "no"],
  ["unavailable", "ServiceUnavailableException", "no"],
  [
    "conflict",
    "ConflictException",
    "Unable to complete operation due to concurrent modification. Please try again later.",
  ],
] as const)("a refusal that is %s is a %s", (reason, code, message) => {
  const error = toAwsError(new Refusal(reason, "no"), "apigateway");
  expect(error).toBeInstanceOf(AwsError);
  expect(error).toMatchObject({ code, message });
});

test("problems of a refusal replace its message", () => {
  const problems = [
    { code: "A", params: {}, path: "Stage/prod.a", message: "is wrong" },
    { code: "B", params: {}, path: "Stage/prod.b", message: "is wrong too" },
  ];
  expect(toAwsError(new Refusal("invalid", "nothing was changed", problems), "apigateway")).toMatchObject({
    code: "BadRequestException",
    message: expect.stringMatching(/is wrong.*; .*is wrong too/) as unknown,
  });
});

test.each([
  ["invalid", "ValidationError", "no"],
  ["failed-precondition", "ValidationError", "no"],
  ["not-found", "NoSuchEntity", "no"],
  ["already-exists", "EntityAlreadyExists", "no"],
  ["in-use", "DeleteConflict", "no"],
  ["limit", "LimitExceeded", "no"],
  ["throttled", "ServiceUnavailable", "no"],
  ["permission-denied", "AccessDenied", "no"],
  ["unavailable", "ServiceUnavailable", "no"],
  ["not-configured", "ServiceUnavailable", "no"],
  ["malformed-policy", "MalformedPolicyDocument", "no"],
  ["policy-too-large", "PackedPolicyTooLarge", "no"],
  ["identity-token-invalid", "InvalidIdentityToken", "no"],
  ["identity-token-expired", "ExpiredTokenException", "no"],
  ["identity-provider-unreachable", "IDPCommunicationError", "no"],
  [
    "conflict",
    "EntityAlreadyExists",
    "Unable to complete operation due to concurrent modification. Please try again later.",
  ],
] as const)("to callers of IAM a refusal that is %s is %s", (reason, code, message) => {
  const error = toAwsError(new Refusal(reason, "no"), "iam");
  expect(error).toBeInstanceOf(AwsError);
  expect(error).toMatchObject({ code, message });
});

test.each([
  ["limit", "LimitExceededFault"],
  ["throttled", "ThrottlingException"],
  ["unavailable", "InternalServiceFault"],
] as const)("to callers of CloudWatch a refusal that is %s is %s", (reason, code) => {
  expect(toAwsError(new Refusal(reason, "no"), "monitoring")).toMatchObject({ code, message: "no" });
});

test("an error that is not a refusal is not an error of a service", () => {
  expect(toAwsError(new TypeError("bug"), "apigateway")).toBeUndefined();
});
