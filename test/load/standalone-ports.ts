import { freePort } from "../kit/process.ts";

const NAMES = [
  "TOLLGATE_HTTP_PORT",
  "TOLLGATE_HTTPS_PORT",
  "TOLLGATE_GRPC_PORT",
  "TOLLGATE_CONTROL_PORT",
  "TOLLGATE_METERING_PORT",
  "TOLLGATE_ADMIN_PORT",
] as const;

/** standalonePorts are settings of a standalone with ports that are free. */
export async function standalonePorts(): Promise<Readonly<Record<(typeof NAMES)[number], string>>> {
  const ports = await Promise.all(NAMES.map(async (name) => [name, String(await freePort())] as const));
  return Object.fromEntries(ports) as Record<(typeof NAMES)[number], string>;
}
