import type { Setting } from "@tollgate/telemetry";

/** sealingKey is 32 bytes in base64. */
export const sealingKey: Setting<Uint8Array | undefined> = (raw) => {
  if (!raw) return { value: undefined };
  const bytes = Buffer.from(raw, "base64");
  return bytes.length === 32 && bytes.toString("base64") === raw
    ? { value: bytes }
    : { value: undefined, problem: "must be 32 bytes in base64: openssl rand -base64 32" };
};
