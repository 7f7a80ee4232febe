import { expect, it } from "vitest";
import type { Call } from "../call/call.ts";
import { WholeExchange } from "../call/whole-exchange.ts";
import { callUpstream } from "./call-upstream.ts";
import type { Transport, UpstreamHandler } from "./transport.ts";

const request = {
  origin: "http://pets.example",
  path: "/",
  method: "GET",
  headers: [],
  body: undefined,
  timeoutMs: 1_000,
  tls: undefined,
  isServiceCall: false,
};

/** A call whose upstream has begun to respond. */
function begun() {
  const exchange = new WholeExchange(Buffer.alloc(0));
  let handler: UpstreamHandler | undefined;
  let aborted = 0;
  const transport: Transport = {
    send(_request, given) {
      handler = given;
      given.onHead(200, "", []);
      given.onData(Buffer.from("begun"));
      const abort = () => {
        aborted++;
        given.onFailure("network", new Error("aborted"));
      };
      return { resume: () => undefined, abort };
    },
  };
  const call = {
    exchange,
    beginIntegration: () => undefined,
    endIntegration: () => undefined,
  } as unknown as Call;
  const response = callUpstream(call, transport, request, "http://pets.example/");
  return { exchange, response, end: () => handler?.onEnd(), aborted: () => aborted };
}

it("a response whose client has gone is not read on", async () => {
  const { exchange, response, aborted } = begun();
  exchange.source?.clientGone();
  await expect(response).rejects.toThrow("network");
  expect(aborted()).toBe(1);
});

it("a client that goes after the response is complete aborts nothing", async () => {
  const { exchange, response, end, aborted } = begun();
  end();
  expect((await response).body.toString()).toBe("begun");
  exchange.source?.clientGone();
  expect(aborted()).toBe(0);
});
