import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type ApplicationPort, CommonError, type ResponseStream, type WireResponse } from "@tollgate/aws-api";
import type { Application } from "../application.ts";
import { createAccounts } from "../change/accounts.ts";
import { isLocalName } from "../http/local-name.ts";
import { createIdentities } from "../identity/identities.ts";
import { Sessions } from "../identity/sessions.ts";
import type { AdapterContext } from "./adapter-context.ts";
import { CallRate } from "./call-rate.ts";
import { endpointOf } from "./endpoints.ts";
import type { HttpCall } from "./http-call.ts";
import { serveCall } from "./serve-call.ts";

/** AWS accepts definitions of up to 6 MB; everything else is far smaller. */
const BODY_MAX_BYTES = 6 * 1024 * 1024;

export interface AwsHttpOptions {
  readonly application: Application;
  /** Whether callers must sign. If not, every caller is accepted, which is possible on loopback only. */
  readonly isSigned: boolean;
  readonly region: string;
  readonly port: ApplicationPort;
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  // Leaving the loop early must not destroy the request, so that it can get a response.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > BODY_MAX_BYTES)
      throw new CommonError("too-large", `the request exceeds ${BODY_MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/**
 * Callers that do not sign must be programs of this machine, not web pages in a browser of its user. Browsers send the origin of a page, and
 * a page of an attacker can only reach loopback through a name that the attacker controls, which appears in Host.
 */
function refuseBrowsers({ headers }: IncomingMessage): void {
  if (isLocalName(headers.host) && headers.origin === undefined && headers["sec-fetch-site"] === undefined)
    return;
  throw new CommonError(
    "access-denied",
    "unsigned calls are accepted only from programs that call localhost or an IP address, not from web pages",
  );
}

function headOf(request: IncomingMessage): HttpCall {
  const [path = "/", query = ""] = (request.url ?? "/").split(/\?(.*)/s);
  return {
    requestId: randomUUID(),
    method: request.method ?? "GET",
    path,
    query,
    headers: request.rawHeaders,
    body: Buffer.alloc(0),
    sourceIp: request.socket.remoteAddress ?? "",
    userAgent: request.headers["user-agent"] ?? "",
  };
}

function send(response: ServerResponse, requestId: string, { status, headers, body }: WireResponse): void {
  response.writeHead(status, {
    ...headers,
    "Content-Length": body.length,
    "x-amzn-RequestId": requestId,
  });
  response.end(body);
}

/** Sends pieces no faster than the client reads, and leaves the stream when the client has disconnected. */
async function sendStream(
  response: ServerResponse,
  requestId: string,
  { status, headers, stream: { pieces, leave } }: WireResponse & { readonly stream: ResponseStream },
): Promise<void> {
  response.on("close", leave);
  try {
    if (response.destroyed) return;
    response.writeHead(status, { ...headers, "x-amzn-RequestId": requestId });
    await pipeline(Readable.from(pieces, { objectMode: false }), response);
  } finally {
    leave();
  }
}

/** createAwsHttp serves AWS's control APIs over HTTP, with the same application as gRPC. */
export function createAwsHttp({ application, port, isSigned, region }: AwsHttpOptions) {
  const context: AdapterContext = {
    application,
    port,
    identities: createIdentities(createAccounts(application)),
    sessions: new Sessions(application),
    isSigned,
    region,
    rate: new CallRate(),
  };
  const { logger } = application;

  const serve = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const head = headOf(incoming);
    const read = async () => {
      if (!isSigned) refuseBrowsers(incoming);
      return serveCall(context, { ...head, body: await readBody(incoming) });
    };
    const served = await read().catch((error: unknown) =>
      endpointOf(head).endpoint.refuse(error, head, { refusal: () => undefined }),
    );
    // The caller has disconnected.
    if (incoming.destroyed && !incoming.complete) {
      served.response.stream?.leave();
      return;
    }
    if ("bug" in served) logger.error({ err: served.bug }, "a control call failed unexpectedly");
    if (response.headersSent) return;
    const { stream, ...plain } = served.response;
    if (!stream) return send(response, head.requestId, plain);
    await sendStream(response, head.requestId, { ...plain, stream }).catch((error: unknown) =>
      logger.debug({ err: error }, "a response that is a stream has ended early"),
    );
  };
  return (request: IncomingMessage, response: ServerResponse): void => void serve(request, response);
}
