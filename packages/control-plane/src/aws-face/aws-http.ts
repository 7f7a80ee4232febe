import { randomUUID } from "node:crypto";
import { isIP } from "node:net";
import type { IncomingMessage, ServerResponse } from "node:http";
import { apigateway, AwsError, RawAnswer, type ApplicationPort, type JsonObject } from "@tollgate/aws-api";
import type { Logger } from "@tollgate/telemetry";
import { authenticate, authorize } from "./authenticate.ts";
import { createApplicationPort, toAwsError } from "./application-port.ts";
import type { Application } from "../application.ts";
import { accountOf } from "../config/wire.ts";

/** AWS takes definitions of 6 MB; everything else is far smaller. */
const BODY_MAX_BYTES = 6 * 1024 * 1024;

export interface AwsHttpOptions {
  readonly application: Application;
  /** Callers sign; otherwise anybody is taken, which is possible on loopback only. */
  readonly isSigned: boolean;
  readonly region: string;
  readonly logger: Logger;
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  // Left early, the request stays as it is, so that it can be answered.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > BODY_MAX_BYTES)
      throw new AwsError("BadRequestException", `the request has more than ${BODY_MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function parseBody(body: Buffer): JsonObject {
  if (body.length === 0) return {};
  try {
    const parsed: unknown = JSON.parse(body.toString("utf8"));
    if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)) return parsed as JsonObject;
  } catch {
    // told below
  }
  throw new AwsError("SerializationException", "the body must be a JSON object");
}

function sendContent(
  response: ServerResponse,
  status: number,
  content: Buffer,
  headers: Readonly<Record<string, string>>,
): void {
  response.writeHead(status, {
    ...headers,
    "Content-Length": content.length,
    "x-amzn-RequestId": randomUUID(),
  });
  response.end(content);
}

function send(
  response: ServerResponse,
  status: number,
  body: JsonObject | undefined,
  errorType?: string,
): void {
  const content = Buffer.from(body === undefined ? "" : JSON.stringify(body));
  sendContent(response, status, content, {
    ...(content.length === 0 ? {} : { "Content-Type": "application/json" }),
    ...(errorType === undefined ? {} : { "x-amzn-ErrorType": errorType }),
  });
}

/**
 * Callers that do not sign are programs of this machine. A page in its user's browser is not one of them: browsers tell where a page is
 * from, and a name that an attacker lets point to loopback is in Host.
 */
function refuseBrowsers({ headers }: IncomingMessage): void {
  const name = (headers.host ?? "").replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
  const isLocalName = name === "localhost" || name.endsWith(".localhost") || isIP(name) !== 0;
  if (isLocalName && headers.origin === undefined && headers["sec-fetch-site"] === undefined) return;
  throw new AwsError(
    "AccessDeniedException",
    "calls that are not signed are taken from programs that call localhost or an IP address, not from web pages",
  );
}

/** Answers one call of an AWS client. */
async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  { application, isSigned, region }: AwsHttpOptions,
  port: ApplicationPort,
): Promise<void> {
  const method = request.method ?? "GET";
  const [path = "/", rawQuery = ""] = (request.url ?? "/").split(/\?(.*)/s);
  if (!isSigned) refuseBrowsers(request);
  const body = await readBody(request);
  const signable = { method, path, query: rawQuery, headers: request.rawHeaders, body };
  const signer = isSigned ? authenticate(signable, application.keys) : undefined;
  const accountId = signer?.accountId ?? accountOf("");
  const query = new URLSearchParams(rawQuery);
  const { operation, path: parameters, resource } = apigateway.find(method, path, query);
  if (signer)
    authorize(signer, { path: resource, method, region, sourceIp: request.socket.remoteAddress ?? "" });
  const answer = await operation.run({
    accountId,
    region,
    path: parameters,
    query,
    body: operation.takesText ? {} : parseBody(body),
    text: operation.takesText ? body.toString("utf8") : "",
    accept: request.headers.accept ?? "",
    application: port,
  });
  if (answer instanceof RawAnswer) sendContent(response, operation.status, answer.content, answer.headers);
  else send(response, operation.status, answer);
}

/** createAwsHttp serves AWS's control API over HTTP, on the same application as gRPC. */
export function createAwsHttp(options: AwsHttpOptions) {
  const port = createApplicationPort(options.application);
  return (request: IncomingMessage, response: ServerResponse): void => {
    serve(request, response, options, port).catch((thrown: unknown) => {
      // Its caller has left.
      if (request.destroyed && !request.complete) return;
      const error = toAwsError(thrown);
      if (error instanceof AwsError) {
        send(response, error.status, { message: error.message }, error.type);
        return;
      }
      options.logger.error({ err: error }, "a control call failed unexpectedly");
      if (!response.headersSent) send(response, 500, { message: "Internal failure" }, "InternalFailure");
    });
  };
}
