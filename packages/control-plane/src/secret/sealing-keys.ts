import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { ControlPlaneSettings } from "../settings.ts";
import { newSealingKey, readSealingKeys } from "./sealer.ts";

const keyFile = (home: string): string => join(home, "control-plane", "secrets.key");

/** The key of a control plane that is alone with its store, made at its first start. */
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
 * sealingKeysOf are the keys of the settings. Without any an embedded store gets a key of its own beside it; control planes that share
 * etcd must be given theirs, and refuse secrets until then.
 */
export function sealingKeysOf({ secretsKeys, etcd, home }: ControlPlaneSettings): readonly Buffer[] {
  if (secretsKeys.length > 0 || etcd.length > 0) return secretsKeys;
  const keys = readSealingKeys([ownKey(home)]);
  if (typeof keys === "string") throw new Error(`${keyFile(home)}: ${keys}`);
  return keys;
}
