import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** RunningProcess is a child with its output kept for the report of a failure. */
export interface RunningProcess extends AsyncDisposable {
  readonly child: ChildProcess;
  readonly output: () => string;
  /** Whether it has ended and `output` has all that it printed: the last of it may arrive after the end. */
  readonly hasEnded: () => boolean;
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

/** A file of a process, as Linux describes it; undefined: the process is gone. */
function readOf(pid: number | undefined, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return undefined;
  }
}

/** childrenOf lists the direct children of a process, as Linux does: the workers of a node. One that is gone has none. */
export function childrenOf(pid: number | undefined): number[] {
  const text = readOf(pid, `task/${pid}/children`)?.trim() ?? "";
  return text === "" ? [] : text.split(" ").map(Number);
}

/** isRunning returns whether there is a process, other than one that has ended and that nobody has waited for. */
export function isRunning(pid: number): boolean {
  const stat = readOf(pid, "stat");
  return stat !== undefined && !/\) Z [^)]*$/.test(stat);
}

/** workersOf lists the workers among the children of a process that runs nodes, such as this one. */
export const workersOf = (pid: number): number[] =>
  childrenOf(pid).filter((child) => /\/worker(\/main\.ts|\.js)\0/.test(readOf(child, "cmdline") ?? ""));

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

/** What a program needs of this process's environment to start as fast as it can: the cache of compiled code, and bundles where a run has them. */
export const baseEnv = (): Record<string, string> => {
  const { PATH = "", NODE_COMPILE_CACHE, NODE_OPTIONS } = process.env;
  return {
    PATH,
    ...(NODE_COMPILE_CACHE ? { NODE_COMPILE_CACHE } : {}),
    ...(NODE_OPTIONS ? { NODE_OPTIONS } : {}),
  };
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
  let hasEnded = false;
  child.on("close", () => {
    hasEnded = true;
  });
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
    hasEnded: () => hasEnded,
    kill,
    pause,
    resume: () => void signalAll("SIGCONT"),
    [Symbol.asyncDispose]: () => kill("SIGTERM"),
  };
}

/** Below the range from which the kernel takes ports for outgoing connections: what was free here stays free until it is used. */
const FIRST_PORT = 12_000;
const BLOCKS = 180;
const BLOCK_PORTS = 100;
let nextPort = 0;
let lastPort = -1;

/**
 * freePort is a free port for programs that cannot pick one themselves. It never gives one twice, and no other process of tests gets it
 * either, so that a server may be stopped and started again on it: a process takes blocks of ports, and listens on the first of each for as
 * long as it lives.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    if (nextPort > lastPort) await takeBlock();
    const port = nextPort++;
    if (port <= lastPort && (await isPortFree(port))) return port;
  }
}

async function takeBlock(): Promise<void> {
  const first = FIRST_PORT + Math.floor(Math.random() * BLOCKS) * BLOCK_PORTS;
  const guard = await listenOn(first);
  if (!guard) return;
  guard.unref();
  nextPort = first + 1;
  lastPort = first + BLOCK_PORTS - 1;
}

async function isPortFree(port: number): Promise<boolean> {
  const server = await listenOn(port);
  if (!server) return false;
  server.close();
  await once(server, "close");
  return true;
}

/** A server on a port of this machine; undefined: somebody else has it. */
async function listenOn(port: number): Promise<Server | undefined> {
  const server = createServer();
  server.listen({ port, host: "127.0.0.1", exclusive: true });
  try {
    await once(server, "listening");
    return server;
  } catch {
    return undefined;
  }
}

/** By how much longer than on a machine of their own tests wait for what has to happen: runs that share theirs set it. */
export const PATIENCE = Number(process.env.TOLLGATE_TEST_PATIENCE ?? 1);

/** until waits for a condition; it throws with `what` when it does not come true in time. */
export async function until<T>(
  what: string | (() => string),
  condition: () => T | undefined | false | Promise<T | undefined | false>,
  timeoutMs = 90_000,
): Promise<T> {
  const deadline = performance.now() + timeoutMs * PATIENCE;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (performance.now() > deadline)
      throw new Error(
        `gave up after ${timeoutMs * PATIENCE} ms: ${typeof what === "string" ? what : what()}`,
      );
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
