import { EventEmitter } from "node:events";
import { Metadata, type ServerWritableStream } from "@grpc/grpc-js";
import { expect, it } from "vitest";
import { serverStream } from "./rpc.ts";

/** A call whose client reads nothing. */
class StalledCall extends EventEmitter {
  readonly metadata = new Metadata();
  readonly request = "";
  readonly write = () => false;
  readonly end = () => undefined;
}

it("a stream whose client disconnects before it has read all ends, and frees what it holds", async () => {
  const { promise: freed, resolve: free } = Promise.withResolvers<string>();
  const report = (error: unknown) => free(String(error));
  const call = new StalledCall();
  const handle = serverStream<string, number>(async function* () {
    try {
      yield 1;
      yield 2;
    } finally {
      free("freed");
    }
  }, report);
  handle(call as unknown as ServerWritableStream<string, number>);
  // The first response is written, and the stream waits for its client.
  await new Promise((resolve) => setImmediate(resolve));
  call.emit("cancelled");
  expect(await freed).toBe("freed");
});
