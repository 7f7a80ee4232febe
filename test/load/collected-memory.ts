import { once } from "node:events";
import { freePort, until } from "../kit/process.ts";
import { rssBytes } from "./cpu.ts";

/**
 * Processes that are started while this is in the environment open an inspector at that port when they are sent SIGUSR1. Only one of them may be
 * asked to.
 */
export async function inspectable(): Promise<{ readonly port: number; readonly options: string }> {
  const port = await freePort();
  return { port, options: `--inspect-port=${port}` };
}

/** collectGarbage has a process collect what it no longer needs: without that, its memory depends on when it last did. */
export async function collectGarbage(inspectorUrl: string): Promise<void> {
  const inspector = new WebSocket(inspectorUrl);
  await once(inspector, "open");
  inspector.send(JSON.stringify({ id: 1, method: "HeapProfiler.collectGarbage" }));
  await once(inspector, "message");
  inspector.close();
}

/** collectedBytes is the resident memory of a process, without what it no longer needs. */
export async function collectedBytes(pid: number, port: number): Promise<number> {
  process.kill(pid, "SIGUSR1");
  const url = await until(`the inspector of ${pid} listens`, async () => {
    const listed = await fetch(`http://127.0.0.1:${port}/json/list`).catch(() => undefined);
    const [target] = ((await listed?.json()) ?? []) as readonly { webSocketDebuggerUrl: string }[];
    return target?.webSocketDebuggerUrl;
  });
  await collectGarbage(url);
  return rssBytes([pid]);
}
