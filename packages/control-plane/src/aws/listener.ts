import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { AwsError, type ApplicationPort } from "@tollgate/aws-api";
import type { Application } from "../application.ts";
import { identityOfPrincipal, type AuditedCall } from "../audit/audit-record.ts";
import { accountOf } from "../config/wire.ts";
import { createIdentities } from "../identity/identities.ts";
import { Sessions } from "../identity/sessions.ts";
import { CallRate } from "./call-rate.ts";
import type { Adapter, HttpReply, AdapterContext, HttpCall, Known } from "./adapter.ts";
import { isLocalName } from "./local-name.ts";
import { isQuery, QueryAdapter } from "./query-adapter.ts";
import { RestJsonAdapter } from "./rest-json-adapter.ts";

/** AWS takes definitions of 6 MB; everything else is far smaller. */
const BODY_MAX_BYTES = 6 * 1024 * 1024;

export interface AwsHttpOptions {
  readonly application: Application;
  /** Callers sign; otherwise anybody is taken, which is possible on loopback only. */
  readonly isSigned: boolean;
  readonly region: string;
  readonly port: ApplicationPort;
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

/**
 * Callers that do not sign are programs of this machine. A page in its user's browser is not one of them: browsers tell where a page is
 * from, and a name that an attacker lets point to loopback is in Host.
 */
function refuseBrowsers({ headers }: IncomingMessage): void {
  if (isLocalName(headers.host) && headers.origin === undefined && headers["sec-fetch-site"] === undefined)
    return;
  throw new AwsError(
    "AccessDeniedException",
    "calls that are not signed are taken from programs that call localhost or an IP address, not from web pages",
  );
}

function headOf(request: IncomingMessage, requestId: string): Omit<HttpCall, "body"> {
  const [path = "/", query = ""] = (request.url ?? "/").split(/\?(.*)/s);
  return {
    requestId,
    method: request.method ?? "GET",
    path,
    query,
    headers: request.rawHeaders,
    accept: request.headers.accept ?? "",
    sourceIp: request.socket.remoteAddress ?? "",
  };
}

function send(response: ServerResponse, requestId: string, { status, headers, content }: HttpReply): void {
  response.writeHead(status, {
    ...headers,
    "Content-Length": content.length,
    "x-amzn-RequestId": requestId,
  });
  response.end(content);
}

/** Calls of nobody that is known are not recorded: anybody could write records. */
const isKnown = ({ principal, identity, operation }: Known) =>
  operation !== "" && (principal !== undefined || identity !== undefined);

function describe(known: Known, request: HttpCall, region: string, userAgent: string): AuditedCall {
  const { principal, identity, accessKeyId, service, operation, isReadOnly, parameters } = known;
  return {
    accountId: principal?.accountId ?? identity?.accountId ?? accountOf(""),
    eventSource: `${service}.amazonaws.com`,
    eventName: operation,
    userIdentity: principal ? identityOfPrincipal(principal, accessKeyId) : (identity?.userIdentity ?? {}),
    sourceIpAddress: request.sourceIp,
    userAgent,
    region,
    isReadOnly,
    parameters,
    requestId: request.requestId,
  };
}

/** createAwsHttp serves AWS's control APIs over HTTP, on the same application as gRPC. */
export function createAwsHttp({ application, port, isSigned, region }: AwsHttpOptions) {
  const context: AdapterContext = {
    application,
    port,
    identities: createIdentities(port),
    sessions: new Sessions(application),
    isSigned,
    region,
    rate: new CallRate(),
  };
  const query = new QueryAdapter(context);
  const restJson = new RestJsonAdapter(context);
  const { audit } = application;

  const serve = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const requestId = randomUUID();
    const known: Known = {
      service: "apigateway",
      operation: "",
      principal: undefined,
      identity: undefined,
      accessKeyId: "",
      isReadOnly: false,
      parameters: undefined,
    };
    let request: HttpCall = { ...headOf(incoming, requestId), body: Buffer.alloc(0) };
    const adapter: Adapter = isQuery(request) ? query : restJson;
    const event = audit.open();
    const userAgent = incoming.headers["user-agent"] ?? "";
    const described = () => describe(known, request, region, userAgent);
    try {
      if (!isSigned) refuseBrowsers(incoming);
      request = { ...request, body: await readBody(incoming) };
      const answer = await audit.within(event, () =>
        adapter.serve(request, known, () => event.begin(described())),
      );
      if (isKnown(known)) await event.end(described(), undefined);
      send(response, requestId, answer);
    } catch (error) {
      // Its caller has left.
      const isLeft = incoming.destroyed && !incoming.complete;
      const refusal = adapter.refusal(error, request, known);
      if (!refusal && !isLeft) application.logger.error({ err: error }, "a control call failed unexpectedly");
      const { code = "InternalFailure", message = "Internal failure" } = refusal ?? {};
      if (isKnown(known)) await event.end(described(), { code, message }).catch(() => undefined);
      if (!isLeft && !response.headersSent)
        send(response, requestId, refusal ?? adapter.failure(request, known));
    }
  };
  return (request: IncomingMessage, response: ServerResponse): void => void serve(request, response);
}
