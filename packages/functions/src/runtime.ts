// Runs inside a worker thread: one execution environment of one function, one invocation at a time.
import { once } from "node:events";
import { createRequire } from "node:module";
import { Writable } from "node:stream";
import { pathToFileURL } from "node:url";
import { format } from "node:util";
import { parentPort, workerData } from "node:worker_threads";

export interface RuntimeData {
  readonly file: string;
  /** Name of the export, as the part after the dot of a Lambda handler setting. */
  readonly handler: string;
}

export interface Invocation {
  readonly event: string;
  readonly requestId: string;
  readonly functionName: string;
  readonly functionArn: string;
  readonly deadlineUnixMs: number;
  readonly memoryMb: number;
}

export type RuntimeMessage =
  | { readonly type: "log"; readonly line: string }
  /** A piece of a streamed response. */
  | { readonly type: "piece"; readonly bytes: Uint8Array }
  | { readonly type: "result"; readonly payload: string }
  | { readonly type: "error"; readonly payload: string };

type Handler = (
  event: unknown,
  context: unknown,
  callback: (error: unknown, result?: unknown) => void,
) => unknown;

/** A handler that writes its response to a stream (AWS Lambda: response streaming for Node.js). */
type StreamHandler = (event: unknown, stream: Writable, context: unknown) => unknown;

const streaming = new WeakSet<StreamHandler>();

/** Separates the metadata of an HTTP response from its body. */
const DELIMITER = new Uint8Array(8);

/** The global object with which Lambda's runtime supports handlers that stream. */
(globalThis as { awslambda?: unknown }).awslambda = {
  streamifyResponse(handler: StreamHandler): StreamHandler {
    streaming.add(handler);
    return handler;
  },
  HttpResponseStream: {
    from(stream: Writable, metadata: object): Writable {
      stream.write(JSON.stringify(metadata));
      stream.write(DELIMITER);
      return stream;
    },
  },
};

const { file, handler: handlerName } = workerData as RuntimeData;
const post = (message: RuntimeMessage) => parentPort?.postMessage(message);

let requestId = "";
for (const [method, level] of [
  ["log", "INFO"],
  ["info", "INFO"],
  ["warn", "WARN"],
  ["error", "ERROR"],
  ["debug", "DEBUG"],
] as const)
  console[method] = (...args: unknown[]) =>
    post({ type: "log", line: `${new Date().toISOString()}\t${requestId}\t${level}\t${format(...args)}` });

async function load(): Promise<Handler> {
  const module = (
    file.endsWith(".cjs") ? createRequire(import.meta.url)(file) : await import(pathToFileURL(file).href)
  ) as Record<string, unknown> & { default?: Record<string, unknown> };
  const found = module[handlerName] ?? module.default?.[handlerName];
  if (typeof found !== "function")
    throw Object.assign(new Error(`${file} does not export the function '${handlerName}'`), {
      name: "Runtime.HandlerNotFound",
    });
  return found as Handler;
}

/** errorPayload is the shape in which Lambda reports what a handler threw. */
function errorPayload(error: unknown): string {
  if (!(error instanceof Error))
    return JSON.stringify({ errorType: typeof error, errorMessage: String(error), trace: [] });
  return JSON.stringify({
    errorType: error.name,
    errorMessage: error.message,
    trace: (error.stack ?? "").split("\n"),
  });
}

const loaded = load();
loaded.catch(() => undefined); // reported to the invocation

/** Runs a handler that streams; it is finished when it has ended its stream. */
async function stream(handler: StreamHandler, event: unknown, context: unknown): Promise<void> {
  const response = new Writable({
    write(chunk: Buffer, _encoding, done) {
      post({ type: "piece", bytes: new Uint8Array(chunk) });
      done();
    },
  });
  const finished = once(response, "finish");
  await Promise.all([finished, handler(event, response, context)]);
}

async function invoke(invocation: Invocation): Promise<void> {
  requestId = invocation.requestId;
  try {
    const handler = await loaded;
    const context = {
      functionName: invocation.functionName,
      functionVersion: "$LATEST",
      invokedFunctionArn: invocation.functionArn,
      memoryLimitInMB: String(invocation.memoryMb),
      awsRequestId: requestId,
      logGroupName: `/aws/lambda/${invocation.functionName}`,
      logStreamName: "local",
      callbackWaitsForEmptyEventLoop: true,
      getRemainingTimeInMillis: () => Math.max(0, invocation.deadlineUnixMs - Date.now()),
    };
    if (streaming.has(handler as unknown as StreamHandler)) {
      await stream(handler as unknown as StreamHandler, JSON.parse(invocation.event), context);
      return post({ type: "result", payload: "" });
    }
    const result = await new Promise<unknown>((resolve, reject) => {
      const returned = handler(JSON.parse(invocation.event), context, (error, value) =>
        error ? reject(error) : resolve(value),
      );
      if (returned instanceof Promise) returned.then(resolve, reject);
      else if (handler.length < 3) resolve(returned);
    });
    post({ type: "result", payload: JSON.stringify(result) ?? "null" });
  } catch (error) {
    post({
      type: "log",
      line: `${new Date().toISOString()}\t${requestId}\tERROR\tInvoke Error\t${errorPayload(error)}`,
    });
    post({ type: "error", payload: errorPayload(error) });
  }
}

parentPort?.on("message", (invocation: Invocation) => void invoke(invocation));
