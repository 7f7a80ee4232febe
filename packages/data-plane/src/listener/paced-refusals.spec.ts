import { EventEmitter } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { expect, it } from "vitest";
import { Connection } from "./connection.ts";
import { HeldBytes } from "./held-bytes.ts";
import type { ListenerState } from "./listener-state.ts";
import { PacedRefusals } from "./paced-refusals.ts";

it("a refused connection is idle from the end of its refusal, not from when it was due at the latest", () => {
  let nowMs = 5_000;
  const refusals = new PacedRefusals({ draining: false } as ListenerState, () => nowMs);
  const response = Object.assign(new EventEmitter(), { destroyed: true }) as unknown as ServerResponse;
  const connection = new Connection(new Socket(), "192.0.2.1", {
    start: (received, of) => refusals.refuse(received, of),
    held: new HeldBytes(0, () => undefined),
    nowMs: nowMs,
    flooded: () => undefined,
  });
  connection.take({ request: { complete: true } as IncomingMessage, response, mustInvite: false });
  nowMs = 5_020;
  response.emit("close");
  expect([connection.isIdle, connection.idleSinceMs]).toEqual([true, 5_020]);
});
