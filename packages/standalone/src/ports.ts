import { isPortTaken } from "@tollgate/data-plane";

export interface WantedPort {
  readonly port: number;
  readonly what: string;
  readonly setting: string;
}

/** checkPorts throws one error that names every port already in use, what it is for, and the setting that changes it. */
export async function checkPorts(host: string, wanted: readonly WantedPort[]): Promise<void> {
  const taken: string[] = [];
  for (const { port, what, setting } of wanted)
    if (await isPortTaken(host, port))
      taken.push(
        `  port ${port} (${what}): stop the process that listens there, or set ${setting} to another port`,
      );
  if (taken.length > 0)
    throw new Error(
      `Tollgate cannot start: ${taken.length === 1 ? "a port is" : "ports are"} already in use on ${host}\n${taken.join("\n")}`,
    );
}
