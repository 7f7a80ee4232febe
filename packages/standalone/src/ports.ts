import { isPortTaken } from "@tollgate/data-plane";

export interface WantedPort {
  readonly port: number;
  readonly what: string;
  readonly setting: string;
}

/** checkPorts throws one error that names every port that is taken, what for, and the setting that changes it. */
export async function checkPorts(host: string, wanted: readonly WantedPort[]): Promise<void> {
  const taken: string[] = [];
  for (const { port, what, setting } of wanted)
    if (await isPortTaken(host, port))
      taken.push(`  port ${port} (${what}): stop what listens there, or set ${setting} to another`);
  if (taken.length > 0)
    throw new Error(
      `Tollgate cannot start: ${taken.length === 1 ? "a port is" : "ports are"} taken on ${host}\n${taken.join("\n")}`,
    );
}
