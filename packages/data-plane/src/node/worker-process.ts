import { type ChildProcess, fork } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { OrderOutcome } from "@tollgate/pipeline";
import { ownerTag } from "../websocket/owner.ts";
import type {
  AskReply,
  FromWorker,
  ListenPorts,
  OrderAsk,
  ToWorker,
  WorkerResult,
  WorkerStart,
} from "../worker/protocol.ts";
import { TurnQueue } from "../worker/turn-queue.ts";
import { WorkerBeats } from "./worker-beats.ts";

const ENTRY = fileURLToPath(
  new URL(import.meta.url.endsWith(".ts") ? "../worker/main.ts" : "./worker.js", import.meta.url),
);
/**
 * The young generation is collected with the event loop stopped, and there is a worker for each core: threads that help it would take turns
 * on that core, and cost more than they do. How long it stops grows with the size: 8 MB are 2 ms, 16 MB were 3 to 4, 64 MB were 14 to 20 ms,
 * a few times what a call takes. Calls cost a twentieth less with 8 MB than with 16: more of it stays in the processor's caches.
 */
const EXEC_ARGV = ["--max-semi-space-size=8", "--no-parallel-scavenge", "--no-warnings"];

const EXIT_TIMEOUT_MS = 2_000;

/** Requests have an id that the reply repeats. */
type Request = ToWorker extends infer M ? (M extends { id: number } ? Omit<M, "id"> : never) : never;

/** Unasked are the messages that a worker sends without a request. */
export type Unasked = Extract<FromWorker, { type: "ask" | "connections" | "recorded" | "made" | "removed" }>;

interface QueuedOrder {
  readonly ask: OrderAsk;
  readonly settle: (outcome: OrderOutcome | null) => void;
}

/** SpoolSpaces are how many bytes a worker may write to its spools at first. */
type SpoolSpaces = Pick<WorkerStart, "spoolBytes" | "logBytes">;

/** WorkerProcess is the supervisor's side of a worker. */
export class WorkerProcess {
  readonly boot = randomBytes(6).toString("hex");
  readonly beats = new WorkerBeats();
  readonly child: ChildProcess;
  readonly #waiting = new Map<
    number,
    { resolve: (result: WorkerResult) => void; reject: (error: Error) => void }
  >();
  readonly #start: Omit<WorkerStart, "boot" | keyof SpoolSpaces>;
  readonly #onUnasked: (message: Unasked) => void;
  readonly #replies = new TurnQueue<AskReply>((replies) => this.tell({ type: "replies", replies }));
  readonly #orders = new TurnQueue<QueuedOrder>((orders) => this.#sendOrders(orders));
  /** Names its connections. */
  readonly ownerTag: string;
  #nextId = 1;
  #isListening = false;

  constructor(
    start: Omit<WorkerStart, "boot" | keyof SpoolSpaces>,
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
    this.ownerTag = ownerTag({ ...start, boot: this.boot });
  }

  get isListening(): boolean {
    return this.#isListening;
  }

  /** begin makes the worker start its work. */
  begin(spaces: SpoolSpaces): void {
    this.child.send({
      type: "start",
      start: { ...this.#start, boot: this.boot, ...spaces },
    } satisfies ToWorker);
  }

  #receive(message: FromWorker): void {
    if (message.type === "beat") {
      this.beats.heard(message);
      return;
    }
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
  tell(message: Extract<ToWorker, { type: "replies" | "drop" | "spool" | "tls" | "edge" | "leave" }>): void {
    if (this.child.connected) this.child.send(message);
  }

  /** reply sends a late reply to a question, together with others of this turn. */
  reply(reply: AskReply): void {
    this.#replies.add(reply);
  }

  /** order gives an order to a connection of the worker, together with others of this turn; null: it has no such connection. */
  order(ask: OrderAsk): Promise<OrderOutcome | null> {
    return new Promise((settle) => this.#orders.add({ ask, settle }));
  }

  /** The connections of a worker that ends, end. */
  #sendOrders(orders: readonly QueuedOrder[]): void {
    this.ask({ type: "orders", orders: orders.map(({ ask }) => ask) }).then(
      ({ outcomes = [] }) => orders.forEach(({ settle }, i) => settle(outcomes[i] ?? null)),
      () => orders.forEach(({ settle }) => settle(null)),
    );
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
