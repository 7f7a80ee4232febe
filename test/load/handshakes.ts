import { fileURLToPath } from "node:url";
import { run } from "../kit/cache.ts";
import { cpuMs } from "./cpu.ts";
import type { Handshakes } from "./handshake-driver.ts";

const DRIVER = fileURLToPath(new URL("handshake-driver.ts", import.meta.url));

export interface DriveOptions {
  readonly port: number;
  /** A name, or as many as `{1000}` in it says. */
  readonly names: string;
  readonly seconds: number;
  /** So many are begun a second; absent: 16 at a time, as fast as they are accepted. */
  readonly rate?: number;
}

/** shakeHands opens connections with TLS in full from a process of its own, and closes each at once. */
export async function shakeHands(options: DriveOptions): Promise<Handshakes> {
  const given = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const { stdout } = await run(process.execPath, ["--no-warnings", DRIVER, ...given]);
  return JSON.parse(stdout) as Handshakes;
}

/** handshakeUs is the processor time of `pids` for a handshake, in microseconds. */
export async function handshakeUs(pids: readonly number[], options: DriveOptions): Promise<number> {
  const before = cpuMs(pids);
  const { handshakes, failed, reasons } = await shakeHands(options);
  if (handshakes === 0 || failed > 0)
    throw new Error(`${failed} of ${handshakes + failed} handshakes failed: ${reasons.join(", ")}`);
  return ((cpuMs(pids) - before) * 1_000) / handshakes;
}
