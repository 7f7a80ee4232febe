import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** RunningProcess is a child with its output kept for the report of a failure. */
export interface RunningProcess extends AsyncDisposable {
  readonly child: ChildProcess;
  readonly output: () => string;
  /** Ends it with a signal and waits for its end. */
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Stops it and its children as they are: their connections stay open and nothing responds from then on. */
  pause(): Promise<void>;
  /** Lets them go on. */
  resume(): void;
}

/** StoppableServer is a server that tests stop, and start again on the same port and data. */
export interface StoppableServer extends AsyncDisposable {
  /** Ends the server, at once unless another signal is given. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  restart(): Promise<void>;
  pause(): Promise<void>;
  resume(): void;
}

/** notStoppable is a server that was started elsewhere, as an environment variable says. */
export function notStoppable(variable: string): StoppableServer {
  const refuse = () => {
    throw new Error(`the server of ${variable} cannot be stopped by a test`);
  };
  return {
    kill: async () => refuse(),
    restart: async () => refuse(),
    pause: async () => refuse(),
    resume: refuse,
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** childrenOf lists the direct children of a process, as Linux does: the workers of a node. */
export function childrenOf(pid: number | undefined): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  return text === "" ? [] : text.split(" ").map(Number);
}

/** workersOf lists the workers among the children of a process that runs nodes, such as this one. */
export const workersOf = (pid: number): number[] =>
  childrenOf(pid).filter((child) => readFileSync(`/proc/${child}/cmdline`, "utf8").includes("worker/main"));

/** family is a process and what it started. */
export const family = (pid: number): number[] => [pid, ...childrenOf(pid).flatMap(family)];

/** Whether each thread of a process is stopped: after SIGSTOP a thread runs on until the kernel interrupts it. */
function isStopped(pid: number): boolean {
  const threads = `/proc/${pid}/task`;
  try {
    return readdirSync(threads).every((thread) =>
      /\) T [^)]*$/.test(readFileSync(join(threads, thread, "stat"), "utf8")),
    );
  } catch {
    return false; // a thread ended while it was asked
  }
}

/** What a program needs of this process's environment to start as fast as it can. */
export const baseEnv = (): Record<string, string> => {
  const { PATH = "", NODE_COMPILE_CACHE } = process.env;
  return NODE_COMPILE_CACHE ? { PATH, NODE_COMPILE_CACHE } : { PATH };
};

const OUTPUT_KEPT_CHARS = 200_000;
const live = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of live) child.kill("SIGKILL");
});

export function startProcess(
  command: string,
  args: readonly string[],
  options: SpawnOptions = {},
): RunningProcess {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], ...options });
  live.add(child);
  let output = "";
  const keep = (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-OUTPUT_KEPT_CHARS);
    if (process.env.TOLLGATE_TEST_VERBOSE) process.stderr.write(chunk);
  };
  child.stdout?.on("data", keep);
  child.stderr?.on("data", keep);
  child.on("error", (error) => keep(Buffer.from(String(error))));
  child.on("exit", () => live.delete(child));
  const kill = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill(signal);
    const late = setTimeout(() => child.kill("SIGKILL"), 40_000);
    await exited;
    clearTimeout(late);
  };
  const signalAll = (signal: NodeJS.Signals): number[] => {
    const pids = family(child.pid as number);
    for (const pid of pids) process.kill(pid, signal);
    return pids;
  };
  const pause = async (): Promise<void> => {
    const pids = signalAll("SIGSTOP");
    await until(`${command} stopped`, () => pids.every(isStopped));
  };
  return {
    child,
    output: () => output,
    kill,
    pause,
    resume: () => void signalAll("SIGCONT"),
    [Symbol.asyncDispose]: () => kill("SIGTERM"),
  };
}

/** Below the range from which the kernel takes ports for outgoing connections: what was free here stays free until it is used. */
const FIRST_PORT = 12_000;
const PORT_COUNT = 18_000;
let nextPort = Math.floor(Math.random() * PORT_COUNT);

/** freePort is a free port for programs that cannot pick one themselves. It never gives one twice. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST_PORT + (nextPort++ % PORT_COUNT);
    if (await isPortFree(port)) return port;
  }
}

/** isPortFree tries a port of this machine. */
export async function isPortFree(port: number): Promise<boolean> {
  const server = createServer();
  server.listen({ port, host: "127.0.0.1", exclusive: true });
  try {
    await once(server, "listening");
  } catch {
    return false;
  }
  server.close();
  await once(server, "close");
  return true;
}

/** until waits for a condition; it throws with `what` when it does not come true in time. */
export async function until<T>(
  what: string | (() => string),
  condition: () => T | undefined | false | Promise<T | undefined | false>,
  timeoutMs = 30_000,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (performance.now() > deadline)
      throw new Error(`gave up after ${timeoutMs} ms: ${typeof what === "string" ? what : what()}`);
    await delay(20);
  }
}

/** accepts returns whether a process listens on a port. */
export function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
