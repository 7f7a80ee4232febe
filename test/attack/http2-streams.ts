import { once } from "node:events";
import { type ClientHttp2Session, connect } from "node:http2";
import { connect as connectTls } from "node:tls";
import type { StreamRequest } from "./holdings.ts";

/** So many streams share a connection. */
const STREAMS = 10;

let session: ClientHttp2Session | undefined;
let free = 0;

function sessionTo(port: number, from: string): ClientHttp2Session {
  if (session && !session.destroyed && !session.closed && free-- > 0) return session;
  free = STREAMS - 1;
  const tls = { host: "127.0.0.1", port, localAddress: from, servername: "localhost", ALPNProtocols: ["h2"] };
  session = connect("https://localhost", {
    createConnection: () => connectTls({ ...tls, rejectUnauthorized: false }),
  });
  session.on("error", () => undefined);
  return session;
}

/** openStream sends a request of HTTP/2 and the beginning of its body, and resolves when its connection is there, or is refused. */
export async function openStream(
  { port, from, reads }: { readonly port: number; readonly from: string; readonly reads: boolean },
  { method, path }: StreamRequest,
  fill: Buffer,
): Promise<void> {
  const of = sessionTo(port, from);
  const stream = of.request({ ":method": method, ":path": path }, { endStream: method === "GET" });
  stream.on("error", () => undefined);
  if (reads) stream.resume();
  if (fill.length > 0) stream.write(fill);
  if (of.connecting) await Promise.race([once(of, "connect"), once(of, "close")]).catch(() => undefined);
}
