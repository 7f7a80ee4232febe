import {
  formatTraceHeader,
  newTraceRoot,
  randomHex,
  type TraceHeader,
  traceIdOfRoot,
} from "@tollgate/telemetry";

/** TraceStep is a part of a sampled call that takes time of its own: a subsegment of X-Ray. */
export interface TraceStep {
  readonly id: string;
  readonly kind: "authorizer" | "integration" | "mapping";
  startMs: number;
  /** scheme://host:port that it leads to, and the path, without its query; empty: it leads nowhere. */
  origin: string;
  path: string;
  method: string;
  /** 0 while it has not ended. */
  endMs: number;
  /** Of its response; 0: there is none. */
  status: number;
}

/** WriteTrace takes the trace of a call that has its response. It must not throw. */
export type WriteTrace<C> = (call: C, trace: CallTrace<C>) => void;

/** CallTrace is what is known of the trace of a sampled call. */
export class CallTrace<C> {
  /** Of the call's segment. */
  readonly id = randomHex(8);
  readonly root: string;
  /** Of the segment before it; undefined: the call begins the trace. */
  readonly parent: string | undefined;
  /** The sampling rule that chose it; empty: the caller did. */
  readonly rule: string;
  readonly steps: TraceStep[] = [];
  readonly write: WriteTrace<C>;
  /** The step whose request is being made: what it calls is below it. */
  #open: TraceStep | undefined;
  #integration: TraceStep | undefined;

  constructor(
    incoming: TraceHeader | undefined,
    {
      startUnixMs,
      rule,
      write,
    }: { readonly startUnixMs: number; readonly rule: string; readonly write: WriteTrace<C> },
  ) {
    this.root = incoming?.root ?? newTraceRoot(startUnixMs);
    this.parent = incoming?.parent;
    this.rule = rule;
    this.write = write;
  }

  begin(kind: TraceStep["kind"], startMs: number, method = "", origin = ""): TraceStep {
    const step = { id: randomHex(8), kind, startMs, origin, path: "", method, endMs: 0, status: 0 };
    this.steps.push(step);
    if (kind !== "mapping") this.#open = step;
    return step;
  }

  end(step: TraceStep, nowMs: number, status = 0): void {
    step.endMs = nowMs;
    step.status = status;
    if (this.#open === step && step !== this.#integration) this.#open = this.#integration;
  }

  /** beginIntegration is called more than once before its request is sent. */
  beginIntegration(nowMs: number, origin: string): void {
    // A function that authorizes is invoked as those of integrations are.
    if (this.#open?.kind === "authorizer") return;
    // Its time begins when the request is sent.
    if (this.#integration) this.#integration.startMs = nowMs;
    else this.#integration = this.begin("integration", nowMs, "", origin);
  }

  /** sends says what the request of the step that is open is. Queries may have secrets: they are left out. */
  sends({
    origin,
    path,
    method,
  }: {
    readonly origin: string;
    readonly path: string;
    readonly method: string;
  }): void {
    if (!this.#open) return;
    const query = path.indexOf("?");
    this.#open.origin = origin;
    this.#open.path = query < 0 ? path : path.slice(0, query);
    this.#open.method = method;
  }

  endIntegration(nowMs: number, status: number): void {
    if (this.#integration) this.end(this.#integration, nowMs, status);
  }

  /** X-Amzn-Trace-Id of what is called now. */
  header(): string {
    return formatTraceHeader(this.root, (this.#open ?? this).id, true);
  }

  /** traceparent of the same. */
  traceparent(): string {
    return `00-${traceIdOfRoot(this.root)}-${(this.#open ?? this).id}-01`;
  }
}

/** inStep runs a part of a call; of a sampled one it is a step of its trace. */
export function inStep<T, C>(
  trace: CallTrace<C> | undefined,
  kind: TraceStep["kind"],
  work: () => T | Promise<T>,
): T | Promise<T> {
  if (!trace) return work();
  const step = trace.begin(kind, performance.now());
  const end = () => trace.end(step, performance.now());
  try {
    const made = work();
    if (made instanceof Promise) return made.finally(end);
    end();
    return made;
  } catch (error) {
    end();
    throw error;
  }
}
