import type { DataPlaneSettings } from "../settings.ts";
import { isPortTaken } from "./port.ts";

/** checkPorts throws if somebody listens on a port of a node: it would take calls that are meant for this one. */
export async function checkPorts({
  host,
  httpPort,
  isHttpServed,
  https,
  privateEntrance,
  edgePort,
}: Pick<
  DataPlaneSettings,
  "host" | "httpPort" | "isHttpServed" | "https" | "privateEntrance" | "edgePort"
>): Promise<void> {
  for (const [port, name] of [
    [isHttpServed ? httpPort : 0, "TOLLGATE_HTTP_PORT"],
    [https?.port ?? 0, "TOLLGATE_HTTPS_PORT"],
    [privateEntrance?.httpPort ?? 0, "TOLLGATE_PRIVATE_HTTP_PORT"],
    [privateEntrance?.httpsPort ?? 0, "TOLLGATE_PRIVATE_HTTPS_PORT"],
    [edgePort ?? 0, "TOLLGATE_EDGE_PORT"],
  ] as const)
    if (await isPortTaken(host, port))
      throw new Error(
        `port ${port} on ${host} is already in use: stop the process that listens there, or set ${name} to another port`,
      );
}
