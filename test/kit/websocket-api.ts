import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { type ClientOptions, WebSocket } from "ws";
import { functionUri } from "./functions.ts";
import type { Gateway } from "./gateway.ts";
import { readBody, type UpstreamHandler } from "./upstream.ts";

/** WebSocketApiParts are the parts of a WebSocket API: by route key, the integration of each route and its other members. */
export interface WebSocketApiParts {
  readonly routes: Readonly<
    Record<string, { readonly integration?: object } & Readonly<Record<string, unknown>>>
  >;
  readonly api?: object;
  readonly stage?: object;
  readonly stageName?: string;
}

/** Handler is a function of test/fixtures/functions. */
export type Handler = (event: never) => unknown;

/**
 * lambdaOf is an endpoint of Lambda that runs functions in the process of the test, one instance of each: what happens on a connection is seen by
 * all of its calls.
 */
export const lambdaOf =
  (handlers: Readonly<Record<string, Handler>>): UpstreamHandler =>
  async (request, response) => {
    const name = /function%3A(.+)\/invocations$/.exec(request.url ?? "")?.[1] ?? "";
    try {
      const event = JSON.parse((await readBody(request)).toString("utf8")) as never;
      response.end(JSON.stringify((await handlers[name]?.(event)) ?? null));
    } catch (error) {
      response.setHeader("X-Amz-Function-Error", "Unhandled");
      response.end(JSON.stringify({ errorMessage: (error as Error).message }));
    }
  };

/** twoWay is what sends the response of a route's integration back to the sender of the message. */
export const twoWay = {
  routeResponseSelectionExpression: "$default",
  routeResponses: { default: { routeResponseKey: "$default" } },
} as const;

/** toFunction hands what happens to a function of test/fixtures/functions. */
export const toFunction = (name: string): object => ({
  integrationType: "AWS_PROXY",
  integrationUri: functionUri(name),
});

/** echo is a MOCK integration that sends a message back. */
export const echo = {
  integrationType: "MOCK",
  requestTemplates: { 200: '{"statusCode":200}' },
  templateSelectionExpression: "200",
  integrationResponses: {
    default: { integrationResponseKey: "$default", responseTemplates: { $default: "$context.messageId" } },
  },
} as const;

/** webSocketApiSpec is the spec of a WebSocket API with routes, each with its own integration. */
export function webSocketApiSpec({ routes, api = {} }: Pick<WebSocketApiParts, "routes" | "api">): object {
  const integrations: Record<string, object> = {};
  const specs: Record<string, object> = {};
  for (const [i, [routeKey, { integration, ...route }]] of Object.entries(routes).entries()) {
    if (integration) integrations[`i${i}`] = integration;
    specs[`r${i}`] = { routeKey, ...(integration ? { target: `integrations/i${i}` } : {}), ...route };
  }
  return { protocolType: "WEBSOCKET", name: "spec", integrations, routes: specs, ...api };
}

/** ConnectedClient is a client that was let in, and what it got so far. */
export interface ConnectedClient {
  readonly socket: WebSocket;
  /** Sends a message, and waits for the next one that comes. */
  ask(message: string | Buffer): Promise<string>;
  /** Waits for the next message. */
  next(): Promise<string>;
  /** Code and reason with which the connection ended. */
  readonly closed: Promise<readonly [code: number, reason: string]>;
}

/** ConnectOptions says how a client connects. */
export interface ConnectOptions extends ClientOptions {
  /** Behind the stage, with its query string. */
  readonly path?: string;
  readonly host?: string;
  readonly protocols?: readonly string[];
}

function clientOf(socket: WebSocket): ConnectedClient {
  const received: string[] = [];
  const waiting: ((message: string) => void)[] = [];
  socket.on("message", (data: Buffer, isBinary) => {
    const text = isBinary ? `binary ${data.toString("hex")}` : data.toString("utf8");
    const next = waiting.shift();
    if (next) next(text);
    else received.push(text);
  });
  const closed = new Promise<readonly [code: number, reason: string]>((resolve) =>
    socket.once("close", (code, reason) => resolve([code, reason.toString("utf8")])),
  );
  const next = () => {
    const first = received.shift();
    return first === undefined
      ? new Promise<string>((resolve) => waiting.push(resolve))
      : Promise.resolve(first);
  };
  return {
    socket,
    next,
    ask(message) {
      socket.send(message);
      return next();
    },
    closed,
  };
}

/** Refused is the response with which a client was not let in. */
export interface Refused {
  readonly status: number;
  readonly body: string;
  readonly headers: IncomingMessage["headers"];
}

async function refusalOf(response: IncomingMessage): Promise<Refused> {
  let body = "";
  for await (const chunk of response) body += String(chunk);
  return { status: response.statusCode ?? 0, body, headers: response.headers };
}

let made = 0;

/** deployWebSocketApi creates a WebSocket API with a stage that is deployed automatically, and returns how to connect to it. */
export async function deployWebSocketApi(gateway: Gateway, parts: WebSocketApiParts) {
  const apiId = `wsapi${String(++made).padStart(5, "0")}`;
  const { stage = {}, stageName = "live" } = parts;
  const { revision } = await gateway.apply([
    { kind: "Api", id: apiId, spec: webSocketApiSpec(parts) },
    { kind: "ApiStage", apiId, id: stageName, spec: { autoDeploy: true, ...stage } },
  ]);
  await gateway.wait(revision);
  const open = ({ path = `/${stageName}`, host, protocols = [], ...options }: ConnectOptions = {}) =>
    new WebSocket(`ws://127.0.0.1:${gateway.httpPorts[0]}${path}`, [...protocols], {
      // What is small when it is compressed would be within limits that are tested.
      perMessageDeflate: false,
      ...options,
      headers: { Host: host ?? `${apiId}.execute-api.local`, ...options.headers },
    });
  /** Connects by the API's own host. */
  const connect = async (options?: ConnectOptions): Promise<ConnectedClient> => {
    const socket = open(options);
    const client = clientOf(socket);
    await once(socket, "open");
    return client;
  };
  /** Connects, and is refused. */
  const refused = async (options?: ConnectOptions): Promise<Refused> => {
    const socket = open(options);
    const [, response] = (await once(socket, "unexpected-response")) as [unknown, IncomingMessage];
    const refusal = await refusalOf(response);
    socket.on("error", () => undefined);
    socket.terminate();
    return refusal;
  };
  return { apiId, stageName, connect, refused };
}
