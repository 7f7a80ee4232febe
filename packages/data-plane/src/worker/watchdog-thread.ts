import { type Debugger, Session } from "node:inspector";
import { isMainThread, parentPort, workerData } from "node:worker_threads";
import { createLogger, type Logger } from "@tollgate/telemetry/logger";

/** How often the event loop shows that it runs, and the thread looks. */
export const BEAT_MS = 250;
/** Also a loop that uses no processor, for it waits for something, is blocked after this many times the limit. On a machine that does much else, a sound loop waits too. */
const WAITING_FACTOR = 15;
/** Code outside of JavaScript cannot be interrupted: then there is no stack. */
const STACK_TIMEOUT_MS = 3_000;
const FRAMES_MAX = 12;

export interface WatchdogStart {
  /** Counted up by the event loop. */
  readonly beats: Int32Array;
  readonly worker: number;
  /** Time of the processor in one turn of the event loop. */
  readonly limitMs: number;
  readonly logLevel: string;
}

/** What the event loop was doing. */
interface Cause {
  readonly stack?: readonly string[];
  readonly requestId?: string;
  readonly route?: string;
}

/** Names the call of a frame, where it has one. */
const CALL_OF_FRAME =
  "typeof call === 'object' && call && call.requestId ? JSON.stringify({ requestId: call.requestId, route: [call.route?.context?.apiId, call.method, call.route?.resourcePath].join(' ') }) : ''";

/** findCause stops the event loop where it is, and reads its stack. `done` is called once, in time, with what is known by then. */
function findCause(done: (cause: Cause) => void): void {
  let cause: Cause = {};
  const session = new Session();
  const finish = () => {
    clearTimeout(late);
    done(cause);
  };
  const late = setTimeout(finish, STACK_TIMEOUT_MS);
  session.connectToMainThread();
  const urls = new Map<string, string>();
  session.on("Debugger.scriptParsed", ({ params: { scriptId, url } }) => urls.set(scriptId, url));
  session.once("Debugger.paused", ({ params: { callFrames } }) => {
    const frames = callFrames.slice(0, FRAMES_MAX);
    const urlOf = ({ location }: Debugger.CallFrame) => urls.get(location.scriptId) ?? "";
    const stack = frames.map(
      (frame) => `${frame.functionName || "(anonymous)"} ${urlOf(frame)}:${frame.location.lineNumber + 1}`,
    );
    cause = { stack };
    // Node's own frames have no call, and do not all let themselves be asked.
    const asked = frames.filter((frame) => urlOf(frame).startsWith("file:"));
    findCall(session, asked, (call) => {
      cause = { stack, ...call };
      finish();
    });
  });
  session.post("Debugger.enable");
  session.post("Debugger.pause");
}

function findCall(
  session: Session,
  [frame, ...outer]: readonly Debugger.CallFrame[],
  done: (call: Cause) => void,
): void {
  if (!frame) {
    done({});
    return;
  }
  const params = { callFrameId: frame.callFrameId, expression: CALL_OF_FRAME, returnByValue: true };
  session.post("Debugger.evaluateOnCallFrame", params, (_error, found) => {
    const value = (found as Partial<Debugger.EvaluateOnCallFrameReturnType> | undefined)?.result
      ?.value as unknown;
    if (typeof value === "string" && value.startsWith("{")) done(JSON.parse(value) as Cause);
    else findCall(session, outer, done);
  });
}

/** Watches the beats, and ends the process when they stop. Time counts only while this thread itself runs, so that a stopped process is not taken for a blocked one. */
function watch({ beats, worker, limitMs }: WatchdogStart, logger: Logger): void {
  let lastBeat = -1;
  let silentMs = 0;
  let before = process.cpuUsage();
  const timer = setInterval(() => {
    const beat = Atomics.load(beats, 0);
    if (beat !== lastBeat) {
      lastBeat = beat;
      silentMs = 0;
      before = process.cpuUsage();
      return;
    }
    silentMs += BEAT_MS;
    const { user, system } = process.cpuUsage(before);
    const busyMs = (user + system) / 1000;
    const isBusy = silentMs >= limitMs && busyMs >= limitMs * 0.9;
    if (!isBusy && silentMs < limitMs * WAITING_FACTOR) return;
    clearInterval(timer);
    findCause((cause) => {
      logger.error(
        { worker, blockedMs: silentMs, busyMs: Math.round(busyMs), ...cause },
        "the event loop of this worker was blocked: the worker is ended, to be replaced",
      );
      process.kill(process.pid, "SIGKILL");
    });
  }, BEAT_MS);
}

if (!isMainThread) {
  const start = workerData as WatchdogStart;
  watch(start, createLogger(`worker-${start.worker}`, start.logLevel));
  parentPort?.postMessage("watching");
}
