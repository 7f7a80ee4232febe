import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A process that sends as many bytes as a path says, and nothing to /hang. It says its port over its channel. */
const large = Buffer.alloc(5_000_000, "x");
const server = createServer((request, response) => {
  const { url = "" } = request;
  if (url.startsWith("/hang")) return;
  const bytes = Number(/\d+/.exec(url)?.[0] ?? 10);
  request.resume().on("end", () => response.end(large.subarray(0, bytes)));
});
server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
process.on("disconnect", () => process.exit(0));
