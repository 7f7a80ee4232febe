import { once } from "node:events";
import { createServer } from "node:net";

/**
 * isPortTaken asks for a port exclusively and gives it back. Listeners that share their port with others would not notice a second
 * gateway on it. Port 0 is never taken.
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
