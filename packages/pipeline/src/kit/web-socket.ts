import {
  type AccountConfig,
  kinds,
  type Problem,
  type WebSocketApi,
  type WebSocketStageManifest,
} from "@tollgate/config";
import { Call } from "../call/call.ts";
import { type ExchangedResponse, WholeExchange } from "../call/whole-exchange.ts";
import { Router } from "../engine/router.ts";
import { respond, run } from "../engine/run.ts";
import type { Closing } from "../websocket-api/call-state.ts";
import {
  disconnectCall,
  isHandshake,
  messageCall,
  openConnection,
  selectRoute,
} from "../websocket-api/calls.ts";
import { compileWebSocketStage } from "../websocket-api/compile.ts";
import type { Connection } from "../websocket-api/connection.ts";
import type { WebSocketStage } from "../websocket-api/context.ts";
import { portsOf, type TestedRequest, type World } from "./call-of.ts";
import { API_ID, accountOf } from "./route.ts";
import { alternating, byName, type SentRequest } from "./upstream.ts";

const UNIX_MS = Date.UTC(2026, 0, 2, 3, 4, 5);

/** WebSocketApiParts are the members of an API: routes by their keys, each with its own integration. */
export interface WebSocketApiParts {
  readonly routes?: Readonly<
    Record<string, { readonly integration?: object } & Readonly<Record<string, unknown>>>
  >;
  readonly api?: object;
  readonly stage?: object;
  readonly account?: Partial<AccountConfig>;
}

/** WebSocketOutcome is what came of a call: over HTTP, or a message back. */
export interface WebSocketOutcome {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Empty: nothing was sent. */
  readonly body: string;
  readonly bytes: Buffer;
  /** It goes in a frame of text, and not in a binary one. */
  readonly isText: boolean;
  readonly sent: readonly SentRequest[];
  readonly log: readonly string[];
  readonly call: Call;
}

function manifestOf({ routes = {}, api, stage }: WebSocketApiParts): WebSocketStageManifest {
  const integrations: Record<string, object> = {};
  const specs: Record<string, object> = {};
  for (const [i, [routeKey, { integration, ...route }]] of Object.entries(routes).entries()) {
    if (integration) integrations[`i${i}`] = integration;
    specs[`r${i}`] = { routeKey, ...(integration ? { target: `integrations/i${i}` } : {}), ...route };
  }
  const given = { protocolType: "WEBSOCKET", name: "tested", integrations, routes: specs, ...api };
  return {
    protocolType: "WEBSOCKET",
    accountId: "000000000000",
    apiId: API_ID,
    stageName: "test",
    deploymentId: "deployment1",
    stage: kinds.ApiStage.spec.parse({ deploymentId: "deployment1", ...stage }),
    api: kinds.Api.spec.parse(given) as WebSocketApi,
  };
}

/** webSocketProblemsOf is what keeps an API from being compiled. */
export function webSocketProblemsOf(parts: WebSocketApiParts): readonly Problem[] {
  const outcome = compileWebSocketStage({
    manifest: manifestOf(parts),
    account: undefined,
    ports: portsOf({}, []),
  });
  return outcome.ok ? [] : outcome.problems;
}

/** The end of a message: what goes back is text, or bytes. */
class MessageEnd extends WholeExchange {
  isText = true;

  constructor() {
    super(Buffer.alloc(0));
  }

  override reply(status: number, headers: string[], body: Buffer | string | undefined): void {
    this.isText = typeof body !== "object";
    super.reply(status, headers, body);
  }
}

/** TestedConnection is a client that asked to be let in. */
export interface TestedConnection {
  readonly connected: WebSocketOutcome;
  readonly connection: Connection;
  send(message: string): Promise<WebSocketOutcome>;
  /** undefined: the API has no $disconnect. */
  close(closing: Closing): Promise<WebSocketOutcome | undefined>;
}

/** WebSocketRunner runs the calls of one API without a socket. */
export class WebSocketRunner {
  readonly #router = new Router();
  readonly #stage: WebSocketStage;
  readonly #sent: SentRequest[] = [];

  constructor(parts: WebSocketApiParts, world: World = {}) {
    const outcome = compileWebSocketStage({
      manifest: manifestOf(parts),
      account: parts.account && accountOf(parts),
      ports: portsOf(world, this.#sent),
    });
    if (!outcome.ok) throw new Error(JSON.stringify(outcome.problems));
    this.#stage = outcome.stage;
    const stages = new Map([["test", outcome.stage]]);
    this.#router.generation = { stages: new Map([[API_ID, stages]]), domains: new Map() };
  }

  async #run(call: Call, exchange: WholeExchange): Promise<WebSocketOutcome> {
    const unexpected: unknown[] = [];
    const before = this.#sent.length;
    if (call.route) await run(call, call.route, (error) => unexpected.push(error));
    if (unexpected.length > 0) throw unexpected[0];
    const outcome = this.#outcome(call, await exchange.response, before);
    return exchange instanceof MessageEnd ? { ...outcome, isText: exchange.isText } : outcome;
  }

  #outcome(call: Call, { status, headers, body }: ExchangedResponse, before: number): WebSocketOutcome {
    call.status = status;
    call.endMs = performance.now();
    call.responseBytes = body.length;
    for (const observe of call.route?.observers ?? []) observe(call);
    return {
      status,
      headers: byName(headers),
      body: body.toString("utf8"),
      bytes: body,
      isText: true,
      sent: this.#sent.slice(before),
      log: call.log?.lines ?? [],
      call,
    };
  }

  #httpCall({ method = "GET", path = "", headers, body = "" }: TestedRequest, exchange: WholeExchange): Call {
    const length = Buffer.byteLength(body);
    return new Call({
      method,
      url: `/test${path}`,
      headers: [
        "Host",
        `${API_ID}.execute-api.example`,
        ...alternating(headers),
        ...(length > 0 ? ["Content-Length", String(length)] : []),
      ],
      exchange,
      sourceIp: "192.0.2.1",
      protocol: "HTTP/1.1",
      scheme: "https",
      port: 443,
      nowMs: performance.now(),
      unixMs: UNIX_MS,
    });
  }

  /** http is an ordinary request to the API, such as an order for a connection. */
  async http(request: TestedRequest): Promise<WebSocketOutcome> {
    const exchange = new WholeExchange(Buffer.from(request.body ?? ""));
    const call = this.#httpCall(request, exchange);
    const refused = this.#router.route(call);
    if (!refused) return this.#run(call, exchange);
    await respond(call, refused);
    return this.#outcome(call, await exchange.response, this.#sent.length);
  }

  /** connect asks to be let in. */
  async connect(request: TestedRequest = {}): Promise<TestedConnection> {
    const exchange = new WholeExchange(Buffer.alloc(0));
    const call = this.#httpCall(
      { ...request, headers: { Upgrade: "websocket", Connection: "Upgrade", ...request.headers } },
      exchange,
    );
    this.#router.route(call);
    if (!isHandshake(call)) throw new Error("the path leads to no $connect");
    const connection = openConnection(call, "L0SM9cOFvHcCIhw=");
    const connected = await this.#run(call, exchange);
    connection.admit(call);
    return {
      connected,
      connection,
      send: async (message) => {
        const end = new MessageEnd();
        const call = messageCall(connection, this.#stage, Buffer.from(message), end, this.#now);
        await selectRoute(call, this.#stage);
        return this.#run(call, end);
      },
      close: async (closing) => {
        const end = new WholeExchange(Buffer.alloc(0));
        const closed = disconnectCall(connection, this.#stage, closing, end, this.#now);
        return closed && this.#run(closed, end);
      },
    };
  }

  get #now() {
    return { nowMs: performance.now(), unixMs: UNIX_MS };
  }
}
