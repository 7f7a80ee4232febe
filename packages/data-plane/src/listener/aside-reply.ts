import type { Answering, ReceivedRequest, ServingConnection } from "./client-connection.ts";

/** Aside is what a connection is busy with while a request is answered that is no call. */
class Aside implements Answering {
  readonly awaitsInvitation = true;
  readonly heldBytes = 0;

  fail(): boolean {
    return false;
  }

  release(): void {
    // It holds nothing.
  }
}

export interface AsideReply {
  readonly status: number;
  /** Names and values alternate. */
  readonly headers: readonly string[];
  readonly body?: string;
}

/** replyAside responds to a request that is no call: nothing is routed, and nothing is counted. */
export function replyAside(
  { request, response }: ReceivedRequest,
  connection: ServingConnection,
  { status, headers, body = "" }: AsideReply,
): Answering {
  const answering = new Aside();
  response.on("close", () => connection.ended(answering, performance.now()));
  if (!request.complete) {
    response.shouldKeepAlive = false;
    connection.leaveBody();
  }
  setImmediate(() => {
    if (response.destroyed) return;
    response.writeHead(status, [...headers, "Content-Length", String(Buffer.byteLength(body))]);
    response.end(body);
  });
  return answering;
}
