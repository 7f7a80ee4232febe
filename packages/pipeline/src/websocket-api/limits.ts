/** AWS's limit of a message (quotas for WebSocket APIs). */
export const MESSAGE_MAX_BYTES = 128 * 1024;
/** Messages are metered in units of so many bytes (AWS: API Gateway pricing). */
const UNIT_BYTES = 32 * 1024;

/** messageUnits is how many messages so many bytes are metered as. */
export const messageUnits = (bytes: number): number => Math.ceil(bytes / UNIT_BYTES);
