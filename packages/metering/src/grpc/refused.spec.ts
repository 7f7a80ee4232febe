import { describe, expect, it } from "vitest";
import { RpcCode } from "@tollgate/proto/rpc";
import { Refusal } from "../refusal.ts";
import { DatabaseUnreachable } from "../usage-store/database.ts";
import { toRpcError } from "./refused.ts";

describe("an error of a usage query", () => {
  it("that is a refusal becomes INVALID_ARGUMENT with its message", () => {
    expect(toRpcError(new Refusal("usage_plan_id is empty"))).toMatchObject({
      code: RpcCode.INVALID_ARGUMENT,
      message: "usage_plan_id is empty",
    });
  });

  it("without a database becomes UNAVAILABLE with the cause", () => {
    expect(toRpcError(new DatabaseUnreachable(new Error("connect ECONNREFUSED")))).toMatchObject({
      code: RpcCode.UNAVAILABLE,
      message: "the usage database cannot be reached: connect ECONNREFUSED",
    });
  });

  it("that is a bug stays as it is", () => {
    const bug = new Error("bug");
    expect(toRpcError(bug)).toBe(bug);
  });
});
