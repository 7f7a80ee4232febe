import { once } from "node:events";
import { createServer } from "node:net";

/**
 * isPortTaken opens a port exclusively and closes it again. Listeners that share their port would not notice a second
 * gateway on it. Port 0 is never in use.
 */
export async function isPortTaken(host: string, port: number): Promise<boolean> {
  if (port === 0) return false;
  const probe = createServer().listen({ host, port, exclusive: true });
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
