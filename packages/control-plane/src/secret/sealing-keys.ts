import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { ControlPlaneSettings } from "../settings.ts";
import { newSealingKey, readSealingKeys } from "./sealer.ts";

const keyFile = (home: string): string => join(home, "control-plane", "secrets.key");

/** File with the key of a control plane that has an embedded store, created at its first start. */
function ownKey(home: string): string {
  const file = keyFile(home);
  try {
    return readFileSync(file, "utf8").trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    const key = newSealingKey();
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${key}\n`, { mode: 0o600, flag: "wx" });
    return key;
  }
}

/**
 * sealingKeysOf returns the keys of the settings. If there are none, a key is created beside an embedded store; control planes that share
 * an etcd need the setting, and refuse secrets without it.
 */
export function sealingKeysOf({ secretsKeys, etcd, home }: ControlPlaneSettings): readonly Buffer[] {
  if (secretsKeys.length > 0 || etcd.hosts.length > 0) return secretsKeys;
  const keys = readSealingKeys([ownKey(home)]);
  if (typeof keys === "string") throw new Error(`${keyFile(home)}: ${keys}`);
  return keys;
}
