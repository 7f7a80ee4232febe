import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { Invocation, RuntimeData, RuntimeMessage } from "./runtime.ts";

const ENTRY = fileURLToPath(
  new URL(import.meta.url.endsWith(".ts") ? "./runtime.ts" : "./functions-runtime.js", import.meta.url),
);

export interface InvocationOutcome {
  readonly payload: string;
  readonly failed: boolean;
  readonly log: string;
}

/** Environment is one execution environment: a thread with the function loaded, for one invocation at a time. */
export class Environment {
  readonly #thread: Worker;
  #ended = false;

  constructor(data: RuntimeData, memoryMb: number, variables: Readonly<Record<string, string>>) {
    this.#thread = new Worker(ENTRY, {
      workerData: data,
      env: { ...variables },
      resourceLimits: { maxOldGenerationSizeMb: memoryMb },
      stdout: true,
      stderr: true,
    });
    this.#thread.unref();
    this.#thread.on("error", () => undefined); // reported to the invocation
    this.#thread.on("exit", () => {
      this.#ended = true;
    });
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** invoke runs the function. Streamed bytes go to `onPiece` as they arrive; without `onPiece` they become part of the payload. */
  invoke(invocation: Invocation, onPiece?: (bytes: Uint8Array) => void): Promise<InvocationOutcome> {
    const { requestId } = invocation;
    const pieces: Uint8Array[] = [];
    const lines = [`START RequestId: ${requestId} Version: $LATEST`];
    const startMs = performance.now();
    const timeoutMs = Math.max(1, invocation.deadlineUnixMs - Date.now());
    return new Promise((resolve) => {
      const finish = (payload: string, failed: boolean) => {
        clearTimeout(timer);
        this.#thread.off("message", onMessage).off("error", onError).off("exit", onExit);
        const duration = (performance.now() - startMs).toFixed(2);
        lines.push(`END RequestId: ${requestId}`);
        lines.push(
          `REPORT RequestId: ${requestId}\tDuration: ${duration} ms\tBilled Duration: ${Math.ceil(Number(duration))} ms\tMemory Size: ${invocation.memoryMb} MB`,
        );
        resolve({ payload, failed, log: `${lines.join("\n")}\n` });
      };
      const onMessage = (message: RuntimeMessage) => {
        if (message.type === "log") lines.push(message.line);
        else if (message.type === "piece") (onPiece ?? ((bytes) => pieces.push(bytes)))(message.bytes);
        else finish(Buffer.concat(pieces).toString("utf8") + message.payload, message.type === "error");
      };
      const onError = (error: Error) => {
        this.#ended = true;
        finish(
          JSON.stringify({
            errorType: error.name,
            errorMessage: error.message,
            trace: (error.stack ?? "").split("\n"),
          }),
          true,
        );
      };
      const onExit = (code: number) =>
        finish(
          JSON.stringify({
            errorType: "Runtime.ExitError",
            errorMessage: `RequestId: ${requestId} Error: Runtime exited with error: exit status ${code}`,
          }),
          true,
        );
      const timer = setTimeout(() => {
        const message = `${requestId} Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`;
        lines.push(`${new Date().toISOString()} ${message}`);
        finish(
          JSON.stringify({
            errorType: "Sandbox.Timedout",
            errorMessage: `RequestId: ${requestId} Error: Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`,
          }),
          true,
        );
        void this.end();
      }, timeoutMs);
      this.#thread.on("message", onMessage).on("error", onError).on("exit", onExit);
      this.#thread.postMessage(invocation);
    });
  }

  async end(): Promise<void> {
    this.#ended = true;
    await this.#thread.terminate();
  }
}
