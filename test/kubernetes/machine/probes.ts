import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { Agent, fetch } from "undici";
import { type Container, type HttpGet, type Probe, portOf } from "./pod-spec.ts";

/** As a kubelet does: whoever the certificate names, and each probe by a new connection. */
const agent = new Agent({ connect: { rejectUnauthorized: false }, pipelining: 0 });

export async function httpGet(
  container: Container,
  podIP: string,
  { scheme = "HTTP", path, port, host = podIP, httpHeaders = [] }: HttpGet,
  signal: AbortSignal,
): Promise<boolean> {
  const response = await fetch(`${scheme.toLowerCase()}://${host}:${portOf(container, port)}${path}`, {
    dispatcher: agent,
    signal,
    redirect: "manual",
    headers: {
      "user-agent": "kube-probe/1.36",
      ...Object.fromEntries(httpHeaders.map((h) => [h.name, h.value])),
    },
  });
  await response.arrayBuffer();
  return response.status >= 200 && response.status < 400;
}

async function ask(container: Container, podIP: string, probe: Probe): Promise<boolean> {
  const signal = AbortSignal.timeout((probe.timeoutSeconds ?? 1) * 1_000);
  try {
    if (probe.httpGet) return await httpGet(container, podIP, probe.httpGet, signal);
    if (!probe.tcpSocket) throw new Error("a probe is httpGet or tcpSocket on this machine");
    const socket = connect(portOf(container, probe.tcpSocket.port), podIP);
    await once(socket, "connect", { signal });
    socket.destroy();
    return true;
  } catch {
    return false;
  }
}

/**
 * follow asks a probe in its period until the signal, and reports each change of what it says: after so many replies of one kind in a row as its thresholds
 * are.
 */
export async function followProbe(
  container: Container,
  podIP: string,
  probe: Probe,
  over: AbortSignal,
  changed: (isGood: boolean) => void,
): Promise<void> {
  const { initialDelaySeconds = 0, periodSeconds = 10, successThreshold = 1, failureThreshold = 3 } = probe;
  const wait = (seconds: number) => delay(seconds * 1_000, undefined, { signal: over, ref: false });
  try {
    await wait(initialDelaySeconds);
    let said: boolean | undefined;
    let last: boolean | undefined;
    let inARow = 0;
    for (;;) {
      const isGood = await ask(container, podIP, probe);
      if (over.aborted) return;
      inARow = isGood === last ? inARow + 1 : 1;
      last = isGood;
      if (said !== isGood && inARow >= (isGood ? successThreshold : failureThreshold)) {
        said = isGood;
        changed(isGood);
      }
      await wait(periodSeconds);
    }
  } catch (error) {
    if (!over.aborted) throw error;
  }
}
