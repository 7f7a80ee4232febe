import { EventEmitter } from "node:events";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { StreamConfigResponseSchema } from "@tollgate/proto/discovery";
import { openControlStream } from "./control-stream.ts";

/** The node's end of a call of gRPC. */
class FakeCall extends EventEmitter {
  readonly write = vi.fn();
  readonly end = vi.fn();
  readonly cancel = vi.fn();

  respond(message: MessageInitShape<typeof StreamConfigResponseSchema>): void {
    this.emit("data", create(StreamConfigResponseSchema, message));
  }
}

let call: FakeCall;
beforeEach(() => {
  vi.useFakeTimers();
  call = new FakeCall();
});
afterEach(() => void vi.useRealTimers());

/** Opens a stream, and returns how it ends: undefined as long as it has not. */
function openStream() {
  const outcome: { text: string | undefined } = { text: undefined };
  const options = {
    address: "plane:7002",
    token: undefined,
    tls: undefined,
    silenceMs: 2_000,
    onHeard: () => undefined,
    onLiveNodes: () => undefined,
    health: async () => ({ calls: 0, serverErrors: 0, workerCrashes: 0 }),
    condition: undefined,
  };
  const stream = openControlStream(options, () => ({
    streamConfig: () => call as never,
    close: () => undefined,
  }));
  stream.updates[Symbol.asyncIterator]()
    .next()
    .then(
      ({ done }) => (outcome.text = done ? "ended" : "update"),
      (error: Error) => (outcome.text = error.message),
    );
  return outcome;
}

describe("a control plane", () => {
  it("that sends nothing is given up", async () => {
    const outcome = openStream();
    await vi.advanceTimersByTimeAsync(1_900);
    expect(outcome.text).toBeUndefined();
    await vi.advanceTimersByTimeAsync(200);
    expect(outcome.text).toBe("plane:7002 sent nothing for 2000 ms");
    expect(call.cancel).toHaveBeenCalledOnce();
  });

  it("that responds, and never decides whether it serves the node, is given up: another one may", async () => {
    const outcome = openStream();
    call.respond({});
    await vi.advanceTimersByTimeAsync(20_000);
    call.respond({ ping: "there?" });
    expect(outcome.text).toBeUndefined();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(outcome.text).toBe("plane:7002 did not decide whether it serves this node for 30000 ms");
    expect(call.cancel).toHaveBeenCalledOnce();
  });

  it.each([
    ["an update", { nonce: "one", last: true }, "update"],
    ["which nodes there are", { liveNodes: 1 }, undefined],
    ["how often it wants to be sent the health", { healthIntervalMs: 2_000 }, undefined],
  ])("that has sent %s is waited for", async (_what, message, expected) => {
    const outcome = openStream();
    call.respond({});
    call.respond(message);
    await vi.advanceTimersByTimeAsync(100_000);
    expect(outcome.text).toBe(expected);
    expect(call.cancel).not.toHaveBeenCalled();
    call.emit("end");
  });
});
