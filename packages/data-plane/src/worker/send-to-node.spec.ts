import { expect, it, vi } from "vitest";
import { sendToNode } from "./send-to-node.ts";

it("a worker ends quietly when a message does not reach its supervisor, and not before", () => {
  const exit = vi.fn();
  let result: Error | null = null;
  const send = (
    _message: unknown,
    _handle: unknown,
    _options: unknown,
    sent?: (error: Error | null) => void,
  ) => {
    if (!sent && result) throw result;
    sent?.(result);
    return true;
  };
  const tell = sendToNode({ send, exit } as never);
  tell({ type: "recorded", lastSeq: 1 });
  expect(exit).not.toHaveBeenCalled();
  result = new Error("write EPIPE");
  tell({ type: "recorded", lastSeq: 2 });
  expect(exit).toHaveBeenCalledWith(0);
});
