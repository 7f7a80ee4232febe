import { create } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
import { WaitAppliedRequestSchema } from "@tollgate/proto/control";
import { useApplication } from "../change/ways-in.contract.ts";
import { waitApplied } from "./wait-applied.ts";

const application = useApplication();

it("a negative time is refused, not taken for one that is over", async () => {
  const request = create(WaitAppliedRequestSchema, { revision: 1n, timeoutMs: -1 });
  const states = waitApplied(application(), request, new AbortController().signal);
  await expect(states.next()).rejects.toMatchObject({
    reason: "invalid",
    message: "timeout_ms -1 must not be negative; 0 means 30000",
  });
});
