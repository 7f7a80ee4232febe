import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import type { FunctionHost } from "./function-host.ts";
import { type LambdaApi, LINEAGE, sendJson } from "./lambda-api.ts";

const TEXT = /^(text\/|application\/(json|xml|javascript|.*\+(json|xml)))/;

interface ProxyOutput {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly isBase64Encoded?: boolean;
}

const isProxyOutput = (value: unknown): value is ProxyOutput =>
  typeof value === "object" && value !== null && "statusCode" in value;

const asText = (value: unknown): string =>
  value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value);

let requests = 0;
/** The address that a load balancer of AWS calls from: each time another. */
function nextAddress(): string {
  requests++;
  return `10.1.${(requests >> 8) % 250}.${requests % 250}`;
}

/** The event of a function URL, version 2.0, with what AWS's load balancers add to a request. */
function eventOf(request: IncomingMessage, id: string, body: Buffer): object {
  const { pathname, search, searchParams } = new URL(`http://function${request.url}`);
  const path = pathname.replace(/^\/{2,}/, "/");
  const domain = `${id}.lambda-url.us-east-1.on.aws`;
  const sourceIp = nextAddress();
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers))
    if (name !== "connection") headers[name] = String(value);
  const query: Record<string, string> = {};
  for (const [name, value] of searchParams)
    query[name] = query[name] === undefined ? value : `${query[name]},${value}`;
  const isText = TEXT.test(headers["content-type"] ?? "");
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath: path,
    rawQueryString: search.slice(1),
    headers: {
      "x-forwarded-for": sourceIp,
      "x-amzn-trace-id": "Root=1-67891233-abcdef012345678912345678",
      ...headers,
      host: domain,
      "x-forwarded-port": "443",
      "x-forwarded-proto": "https",
      "x-amzn-tls-version": "TLSv1.3",
      "x-amzn-tls-cipher-suite": "TLS_AES_128_GCM_SHA256",
    },
    ...(search === "" ? {} : { queryStringParameters: query }),
    requestContext: {
      accountId: "anonymous",
      apiId: id,
      domainName: domain,
      http: {
        method: request.method,
        path,
        protocol: "HTTP/1.1",
        sourceIp,
        userAgent: headers["user-agent"] ?? "",
      },
      requestId: randomUUID(),
      routeKey: "$default",
      stage: "$default",
    },
    ...(body.length === 0 ? {} : { body: body.toString(isText ? "utf8" : "base64") }),
    isBase64Encoded: body.length > 0 && !isText,
  };
}

/** callFunctionUrl invokes the function of a URL as Lambda does: what tests use as an HTTP backend. */
export async function callFunctionUrl(
  lambda: LambdaApi,
  host: FunctionHost,
  id: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const named = lambda.functionsByUrl.get(id);
  const body = await buffer(request);
  if (!named) return sendJson(response, 404, { Message: null });
  const { requestId, output, hasThrown } = await host.execute(
    named,
    JSON.stringify(eventOf(request, id, body)),
  );
  if (hasThrown) return sendJson(response, 502, { Message: "Internal Server Error" });
  const value: unknown = JSON.parse(output);
  const proxy = isProxyOutput(value) ? value : undefined;
  const sent = Buffer.from(
    asText(proxy ? proxy.body : value),
    proxy?.isBase64Encoded === true ? "base64" : "utf8",
  );
  response.writeHead(Number(proxy?.statusCode ?? 200), {
    "Content-Type": "application/json",
    Connection: "keep-alive",
    "x-amzn-RequestId": requestId,
    "X-Amzn-Trace-Id": LINEAGE,
    "Content-Length": sent.length,
    ...proxy?.headers,
  });
  response.end(sent);
}
