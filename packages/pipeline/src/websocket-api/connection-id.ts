import { randomBase64 } from "@tollgate/telemetry";

const CONNECTION_ID = /^[A-Za-z0-9_-]{15}=$/;
/** Of a connection id; the rest is random. A multiple of three, so that base64 keeps it apart. */
const OWNER_BYTES = 6;
const RANDOM_BYTES = 5;

/** isConnectionId says whether a text has the form of AWS's connection ids: 11 bytes in the URL-safe base64. */
export const isConnectionId = (text: string): boolean => CONNECTION_ID.test(text);

/** ownerTagOf is the part of a connection id that names who has the connection: 8 characters. `owner`: 6 bytes. */
export const ownerTagOf = (owner: Uint8Array): string =>
  Buffer.from(owner.buffer, owner.byteOffset, OWNER_BYTES).toString("base64url");

/** newConnectionId is a connection id that begins with an owner's tag. */
export const newConnectionId = (ownerTag: string): string => ownerTag + randomBase64(RANDOM_BYTES);

/** tagOfConnection is the tag of the owner that a connection id names. */
export const tagOfConnection = (connectionId: string): string => connectionId.slice(0, 8);
