import type { Dispatcher } from "undici";
import { expect, it } from "vitest";
import { Http1Pool } from "./http1-pool.ts";

it("a pool that is closed while its only request is aborted is over", async () => {
  const connect = () => expect.unreachable("nothing is to be sent");
  const pool = new Http1Pool("http://upstream.example", { connections: 1, keptMs: 1, connect });
  let request: Dispatcher.DispatchController | undefined;
  const given = { method: "GET", path: "/", headers: [], body: undefined };
  pool.dispatch(given, { onRequestStart: (controller) => void (request = controller) });
  const closed = pool.close();
  request?.abort(new Error("aborted"));
  await closed;
});
