import { expect, test } from "vitest";
import { RpcCode, RpcError } from "@tollgate/proto/rpc";
import { Refusal } from "../refusal.ts";
import { toRpcError } from "./refused.ts";

test.each([
  ["invalid", RpcCode.INVALID_ARGUMENT],
  ["not-found", RpcCode.NOT_FOUND],
  ["already-exists", RpcCode.ALREADY_EXISTS],
  ["conflict", RpcCode.ABORTED],
  ["failed-precondition", RpcCode.FAILED_PRECONDITION],
  ["limit", RpcCode.RESOURCE_EXHAUSTED],
  ["throttled", RpcCode.RESOURCE_EXHAUSTED],
  ["permission-denied", RpcCode.PERMISSION_DENIED],
  ["expired", RpcCode.OUT_OF_RANGE],
  ["timeout", RpcCode.DEADLINE_EXCEEDED],
  ["unavailable", RpcCode.UNAVAILABLE],
  ["in-use", RpcCode.FAILED_PRECONDITION],
  ["not-configured", RpcCode.FAILED_PRECONDITION],
  ["malformed-policy", RpcCode.INVALID_ARGUMENT],
  ["policy-too-large", RpcCode.INVALID_ARGUMENT],
  ["identity-token-invalid", RpcCode.INVALID_ARGUMENT],
  ["identity-token-expired", RpcCode.INVALID_ARGUMENT],
  ["identity-provider-unreachable", RpcCode.INVALID_ARGUMENT],
] as const)("a refusal that is %s has gRPC code %i", (reason, code) => {
  expect(toRpcError(new Refusal(reason, "no"))).toMatchObject({ code, message: "no", problems: [] });
});

test("problems of a refusal are in the message and in the details", () => {
  const error = toRpcError(
    new Refusal("invalid", "nothing was changed: 1 problem", [
      { code: "EMPTY", params: { least: 1 }, path: "Stage/prod.name", message: "is empty" },
    ]),
  );
  expect(error).toBeInstanceOf(RpcError);
  expect(error).toMatchObject({
    message: "nothing was changed: 1 problem\n  Stage/prod.name: is empty",
    problems: [{ code: "EMPTY", params: { least: "1" }, path: "Stage/prod.name", message: "is empty" }],
  });
});

test("an error that is not a refusal stays as it is", () => {
  const bug = new TypeError("bug");
  expect(toRpcError(bug)).toBe(bug);
});
