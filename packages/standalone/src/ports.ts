import { once } from "node:events";
import { createServer } from "node:net";

export interface WantedPort {
  readonly port: number;
  readonly what: string;
  readonly setting: string;
}

async function isTaken(host: string, port: number): Promise<boolean> {
  const probe = createServer();
  probe.listen({ host, port, exclusive: true });
  try {
    await once(probe, "listening");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") return true;
    throw error;
  }
  probe.close();
  await once(probe, "close");
  return false;
}

/** checkPorts throws one error that names every port that is taken, what for, and the setting that changes it. */
export async function checkPorts(host: string, wanted: readonly WantedPort[]): Promise<void> {
  const taken: string[] = [];
  for (const { port, what, setting } of wanted)
    if (port !== 0 && (await isTaken(host, port)))
      taken.push(`  port ${port} (${what}): stop what listens there, or set ${setting} to another`);
  if (taken.length > 0)
    throw new Error(
      `Tollgate cannot start: ${taken.length === 1 ? "a port is" : "ports are"} taken on ${host}\n${taken.join("\n")}`,
    );
}
