import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { type Logger, startHttpServer } from "@tollgate/telemetry";
import { Environment, type InvocationOutcome } from "./environment.ts";
import { EventStreamResponse } from "./event-stream-response.ts";

/** FunctionDefinition is one local function, in Lambda's terms. */
export interface FunctionDefinition {
  readonly name: string;
  /** ESM (.mjs, .js, .ts) or CJS (.cjs) file. */
  readonly file: string;
  /** Exported name; "handler" by default. */
  readonly handler?: string;
  /** 3000 by default, as on Lambda. */
  readonly timeoutMs?: number;
  readonly memoryMb?: number;
  /** Variables besides Lambda's own: read when an execution environment begins. */
  readonly environment?: () => Readonly<Record<string, string>>;
}

export interface FunctionsHostOptions {
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
  readonly functions: readonly FunctionDefinition[];
  readonly logger: Logger;
}

export interface FunctionsHost extends AsyncDisposable {
  readonly port: number;
}

/** Lambda's limits of a synchronous and an asynchronous payload. */
const PAYLOAD_MAX_BYTES = 6 * 1024 * 1024;
const EVENT_PAYLOAD_MAX_BYTES = 1024 * 1024;
/** Lambda shows the last 4 KB of a log. */
const LOG_TAIL_BYTES = 4096;
const CONCURRENCY_MAX = 50;
const INVOKE_PATH =
  /^\/(?:2015-03-31\/functions\/([^/]+)\/invocations|2021-11-15\/functions\/([^/]+)\/response-streaming-invocations)$/;

/** FunctionPool holds the execution environments of one function: an idle one is reused, another is created when all are busy. */
class FunctionPool {
  readonly definition: FunctionDefinition;
  readonly #idle: Environment[] = [];
  #busy = 0;

  constructor(definition: FunctionDefinition) {
    this.definition = definition;
  }

  get isFull(): boolean {
    return this.#busy >= CONCURRENCY_MAX;
  }

  async invoke(event: string, requestId: string, onPiece?: (bytes: Uint8Array) => void) {
    const {
      name,
      file,
      handler = "handler",
      timeoutMs = 3_000,
      memoryMb = 128,
      environment = () => ({}),
    } = this.definition;
    const variables = {
      AWS_LAMBDA_FUNCTION_NAME: name,
      AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
      AWS_REGION: "us-east-1",
      ...environment(),
    };
    const environment_ = this.#idle.pop() ?? new Environment({ file, handler }, memoryMb, variables);
    this.#busy++;
    try {
      const invocation = {
        event,
        requestId,
        functionName: name,
        functionArn: `arn:aws:lambda:us-east-1:000000000000:function:${name}`,
        deadlineUnixMs: Date.now() + timeoutMs,
        memoryMb,
      };
      return await environment_.invoke(invocation, onPiece);
    } finally {
      this.#busy--;
      if (!environment_.ended) this.#idle.push(environment_);
    }
  }

  async end(): Promise<void> {
    await Promise.all(this.#idle.map((environment) => environment.end()));
  }
}

/** functionNameOf accepts a name, a partial or a full ARN, with or without qualifier, as the Invoke API does. */
function functionNameOf(given: string): string {
  const parts = decodeURIComponent(given).split(":");
  const at = parts.indexOf("function");
  return (
    (at >= 0
      ? parts[at + 1]
      : parts.length > 1 && /^\d{12}$/.test(parts[0] ?? "")
        ? parts.at(-1)
        : parts[0]) ?? ""
  );
}

function fail(response: ServerResponse, status: number, type: string, message: string): void {
  response.writeHead(status, { "Content-Type": "application/json", "x-amzn-ErrorType": type });
  response.end(JSON.stringify({ Type: "User", Message: message }));
}

async function readBody(request: IncomingMessage, maxBytes: number): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes <= maxBytes) chunks.push(chunk);
  }
  return sizeBytes <= maxBytes ? Buffer.concat(chunks).toString("utf8") : undefined;
}

/** The event of an invocation, "{}" if there is none. undefined: the invocation was refused. */
async function readEvent(
  request: IncomingMessage,
  response: ServerResponse,
  maxBytes: number,
): Promise<string | undefined> {
  const event = await readBody(request, maxBytes);
  if (event === undefined)
    fail(
      response,
      413,
      "RequestTooLargeException",
      `Request must be smaller than ${maxBytes} bytes for the InvokeFunction operation`,
    );
  else if (event !== "" && !isJson(event))
    fail(response, 400, "InvalidRequestContentException", "Could not parse request body into json");
  else return event || "{}";
  return undefined;
}

/** Responds with what a function has returned. */
function respond(
  response: ServerResponse,
  headers: Record<string, string>,
  { payload, failed, log }: InvocationOutcome,
  isTailWanted: boolean,
): void {
  headers["X-Amz-Executed-Version"] = "$LATEST";
  if (failed) headers["X-Amz-Function-Error"] = "Unhandled";
  if (isTailWanted)
    headers["X-Amz-Log-Result"] = Buffer.from(log).subarray(-LOG_TAIL_BYTES).toString("base64");
  headers["Content-Length"] = String(Buffer.byteLength(payload));
  response.writeHead(200, headers).end(payload);
}

/** startFunctionsHost serves local functions by Lambda's API (AWS Lambda: "Invoke", "InvokeWithResponseStream"). */
export async function startFunctionsHost({
  host,
  port,
  functions,
  logger,
}: FunctionsHostOptions): Promise<FunctionsHost> {
  const pools = new Map(functions.map((definition) => [definition.name, new FunctionPool(definition)]));

  const invoke = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const [, plain, streamed] = INVOKE_PATH.exec(request.url?.split("?", 1)[0] ?? "") ?? [];
    const name = functionNameOf(plain ?? streamed ?? "");
    const pool = pools.get(name);
    if (request.method !== "POST" || !pool)
      return fail(
        response,
        404,
        "ResourceNotFoundException",
        `Function not found: arn:aws:lambda:us-east-1:000000000000:function:${name}`,
      );
    const requestId = randomUUID();
    const type = request.headers["x-amz-invocation-type"] ?? "RequestResponse";
    const event = await readEvent(
      request,
      response,
      type === "Event" ? EVENT_PAYLOAD_MAX_BYTES : PAYLOAD_MAX_BYTES,
    );
    if (event === undefined) return;
    const headers: Record<string, string> = {
      "x-amzn-RequestId": requestId,
      "Content-Type": "application/json",
    };
    if (type === "DryRun") {
      response.writeHead(204, headers).end();
      return;
    }
    if (pool.isFull) return fail(response, 429, "TooManyRequestsException", "Rate Exceeded.");
    if (streamed !== undefined) {
      const streamedResponse = new EventStreamResponse(response, headers);
      const outcome = await pool.invoke(event, requestId, (bytes) => streamedResponse.piece(bytes));
      return streamedResponse.complete(outcome);
    }
    const outcome = pool.invoke(event, requestId);
    if (type === "Event") {
      response.writeHead(202, headers).end();
      outcome.catch((error: unknown) =>
        logger.error({ err: error, function: name }, "an asynchronous invocation failed"),
      );
      return;
    }
    const isTailWanted = request.headers["x-amz-log-type"] === "Tail";
    respond(response, headers, await outcome, isTailWanted);
  };

  const server = await startHttpServer(host, port, (request, response) => {
    invoke(request, response).catch((error: unknown) => {
      logger.error({ err: error }, "an invocation failed unexpectedly");
      if (!response.headersSent) fail(response, 500, "ServiceException", "internal error");
    });
  });
  return {
    port: server.port,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await Promise.all([...pools.values()].map((pool) => pool.end()));
    },
  };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
