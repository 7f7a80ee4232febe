import { type ChildProcess, fork } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { FromWorker, ListenPorts, ToWorker, WorkerResult, WorkerStart } from "../worker/protocol.ts";

const ENTRY = fileURLToPath(
  new URL(import.meta.url.endsWith(".ts") ? "../worker/main.ts" : "./worker.js", import.meta.url),
);
const EXEC_ARGV = ["--max-semi-space-size=64", "--no-warnings"];

const EXIT_TIMEOUT_MS = 2_000;

/** Requests have an id that the reply repeats. */
type Request = ToWorker extends infer M ? (M extends { id: number } ? Omit<M, "id"> : never) : never;

/** Unasked are the messages that a worker sends without a request. */
export type Unasked = Extract<FromWorker, { type: "ask" | "connections" | "recorded" | "made" | "removed" }>;

/** WorkerProcess is the supervisor's side of a worker. */
export class WorkerProcess {
  readonly boot = randomBytes(6).toString("hex");
  readonly child: ChildProcess;
  readonly #waiting = new Map<
    number,
    { resolve: (result: WorkerResult) => void; reject: (error: Error) => void }
  >();
  readonly #start: Omit<WorkerStart, "boot" | "spoolBytes">;
  readonly #onUnasked: (message: Unasked) => void;
  #nextId = 1;
  #isListening = false;

  constructor(
    start: Omit<WorkerStart, "boot" | "spoolBytes">,
    onExit: (code: number | null, signal: NodeJS.Signals | null) => void,
    onUnasked: (message: Unasked) => void,
  ) {
    this.#onUnasked = onUnasked;
    this.child = fork(ENTRY, [], {
      execArgv: EXEC_ARGV,
      serialization: "advanced",
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    this.child.on("message", (message: FromWorker) => this.#receive(message));
    this.child.on("error", () => undefined); // its exit is handled instead
    // What it said at last may arrive after its exit, but before its channel is closed.
    let exit: [code: number | null, signal: NodeJS.Signals | null] | undefined;
    const ended = (): void => {
      if (!exit || this.child.connected) return;
      for (const { reject } of this.#waiting.values())
        reject(new Error(`worker ended (${exit[1] ?? exit[0]})`));
      this.#waiting.clear();
      onExit(...exit);
    };
    this.child.on("disconnect", ended);
    this.child.on("exit", (...how) => {
      exit = how;
      ended();
    });
    this.#start = start;
  }

  get isListening(): boolean {
    return this.#isListening;
  }

  /** begin makes the worker start its work. */
  begin(spoolBytes: number): void {
    this.child.send({
      type: "start",
      start: { ...this.#start, boot: this.boot, spoolBytes },
    } satisfies ToWorker);
  }

  #receive(message: FromWorker): void {
    if (message.type !== "done" && message.type !== "failed") {
      this.#onUnasked(message);
      return;
    }
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.type === "done") waiting?.resolve(message.result);
    else waiting?.reject(new Error(message.message));
  }

  /** end closes the worker's channel; without it the worker exits. */
  async end(): Promise<void> {
    const { child } = this;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    if (child.connected) child.disconnect();
    const late = setTimeout(() => child.kill("SIGKILL"), EXIT_TIMEOUT_MS);
    await exited;
    clearTimeout(late);
  }

  /** tell sends a message that needs no reply. */
  tell(message: Extract<ToWorker, { type: "replies" | "drop" | "spool" | "tls" }>): void {
    if (this.child.connected) this.child.send(message);
  }

  /** listen opens ports, and returns which. */
  async listen(ports: ListenPorts): Promise<ListenPorts> {
    const result = await this.ask({ type: "listen", ports });
    this.#isListening = true;
    return result.ports ?? ports;
  }

  ask(request: Request): Promise<WorkerResult> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      if (!this.child.connected) {
        reject(new Error("worker ended"));
        return;
      }
      this.#waiting.set(id, { resolve, reject });
      this.child.send({ ...request, id } as ToWorker);
    });
  }
}
