import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { Agent, createServer, type IncomingMessage, type ServerResponse, request as send } from "node:http";
import { buffer } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import type { FunctionHost } from "./function-host.ts";
import { callFunctionUrl } from "./function-url.ts";
import { type LambdaApi, sendJson } from "./lambda-api.ts";

/** The recordings have URLs without a port. */
export const PORT = 80;
/** A change of a stage is on the node by then: the tests wait for AWS, and call once. */
const DEPLOYED_MS = 350;
/** What a gateway that cannot be reached looks like to a test. */
const UNREACHABLE = 599;

/** Backends is where the services behind the endpoint are. */
export interface Backends {
  /** Of the gateway: its calls, and AWS's API of it. */
  readonly httpPort: number;
  readonly controlPort: number;
  readonly motoPort: number;
  readonly lambda: LambdaApi;
  readonly functions: FunctionHost;
}

const cloudFrontId = (): string => `${randomBytes(36).toString("base64url")}==`;
const via = (): string => `1.1 ${randomBytes(16).toString("hex")}.cloudfront.net (CloudFront)`;

/** What CloudFront adds to a request in front of an EDGE API. */
const edgeRequestHeaders = (): string[] =>
  Object.entries({
    "CloudFront-Forwarded-Proto": "https",
    "CloudFront-Is-Desktop-Viewer": "true",
    "CloudFront-Is-Mobile-Viewer": "false",
    "CloudFront-Is-SmartTV-Viewer": "false",
    "CloudFront-Is-Tablet-Viewer": "false",
    "CloudFront-Viewer-ASN": "16509",
    "CloudFront-Viewer-Country": "AT",
    Via: via(),
    "X-Amz-Cf-Id": cloudFrontId(),
  }).flat();

const edgeResponseHeaders = (status: number): string[] =>
  Object.entries({
    "X-Cache": status < 400 ? "Miss from cloudfront" : "Error from cloudfront",
    Via: via(),
    "X-Amz-Cf-Pop": "VIE50-C1",
    "X-Amz-Cf-Id": cloudFrontId(),
  }).flat();

/** Headers, names and values in turn, without those of one connection. */
const endToEnd = (raw: readonly string[]): string[] =>
  raw.filter((_, i) => !/^(connection|keep-alive)$/i.test(raw[i - (i % 2)] ?? ""));

/** The API that a call is for, by its host or its path. */
const apiOf = (host: string, path: string): string | undefined =>
  /^([a-z0-9]+)\.execute-api/.exec(host)?.[1] ?? /execute-api\/([a-z0-9]+)\//.exec(path)?.[1];

/** OneEndpoint is one port for all of AWS's services, as the tests expect it. */
class OneEndpoint {
  readonly #backends: Backends;
  readonly #agent = new Agent({ keepAlive: true });
  /** By API: whether it is an EDGE API. */
  readonly #edge = new Map<string, boolean>();

  constructor(backends: Backends) {
    this.#backends = backends;
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { host = "", authorization = "" } = request.headers;
    const { url = "/" } = request;
    const { httpPort, motoPort, lambda, functions } = this.#backends;
    const service = /Credential=[^/]*\/[^/]*\/[^/]*\/([^/]+)\//.exec(authorization)?.[1];
    if (host.includes(".execute-api.") || url.startsWith("/_aws/execute-api/"))
      return this.#forward(request, response, httpPort);
    const older = /^\/restapis\/([^/]+)\/([^/]+)\/_user_request_(.*)$/.exec(url);
    if (older)
      return this.#forward(
        request,
        response,
        httpPort,
        `/_aws/execute-api/${older[1]}/${older[2]}${older[3]}`,
      );
    const functionUrl = /^([a-z0-9]+)\.lambda-url\./.exec(host)?.[1];
    if (functionUrl !== undefined) return callFunctionUrl(lambda, functions, functionUrl, request, response);
    if (service === "apigateway") return this.#control(request, response);
    if (service === "lambda" || /^\/20\d\d-\d\d-\d\d\/functions/.test(url))
      return lambda.handle(request, response);
    return this.#forward(request, response, motoPort);
  }

  /** Passes a call of the control API on, and takes down what CloudFront would be told of it. */
  async #control(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const upstream = send({
      host: "127.0.0.1",
      port: this.#backends.controlPort,
      method: request.method,
      path: request.url,
      headers: request.headers,
      agent: this.#agent,
      setHost: false,
    });
    upstream.end(await buffer(request));
    const [answer] = (await once(upstream, "response")) as [IncomingMessage];
    const body = await buffer(answer);
    const { url = "", method } = request;
    if (url.startsWith("/restapis")) this.#noteEdge(body);
    if (method !== "GET" && /\/(deployments|stages)/.test(url)) await delay(DEPLOYED_MS);
    response.writeHead(answer.statusCode ?? UNREACHABLE, endToEnd(answer.rawHeaders));
    response.end(body);
  }

  #noteEdge(body: Buffer): void {
    if (!body.includes('"endpointConfiguration"')) return;
    const { id, endpointConfiguration } = JSON.parse(body.toString()) as {
      readonly id?: string;
      readonly endpointConfiguration?: { readonly types?: readonly string[] };
    };
    if (id !== undefined) this.#edge.set(id, endpointConfiguration?.types?.includes("EDGE") ?? false);
  }

  async #forward(
    request: IncomingMessage,
    response: ServerResponse,
    port: number,
    path = request.url ?? "/",
  ): Promise<void> {
    const isEdge = this.#edge.get(apiOf(request.headers.host ?? "", path) ?? "") ?? false;
    const headers = endToEnd(request.rawHeaders);
    if (isEdge) headers.push(...edgeRequestHeaders());
    const upstream = send({
      host: "127.0.0.1",
      port,
      method: request.method,
      path,
      headers,
      agent: this.#agent,
      setHost: false,
    });
    request.pipe(upstream);
    const [answer] = (await once(upstream, "response")) as [IncomingMessage];
    const status = answer.statusCode ?? UNREACHABLE;
    const more = isEdge ? edgeResponseHeaders(status) : [];
    response.writeHead(status, answer.statusMessage, [...endToEnd(answer.rawHeaders), ...more]);
    answer.pipe(response);
  }
}

/** serveOneEndpoint listens on PORT of the loopback interface. */
export async function serveOneEndpoint(backends: Backends): Promise<AsyncDisposable> {
  const endpoint = new OneEndpoint(backends);
  const server = createServer((request, response) => {
    endpoint.handle(request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else sendJson(response, UNREACHABLE, { message: String(error) });
    });
  });
  // Otherwise it adds Keep-Alive to responses.
  server.keepAliveTimeout = 0;
  server.listen(PORT, "127.0.0.1");
  await once(server, "listening").catch((error: unknown) => {
    throw new Error(`port ${PORT} on loopback cannot be opened, which the recordings ask for`, {
      cause: error,
    });
  });
  return {
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
