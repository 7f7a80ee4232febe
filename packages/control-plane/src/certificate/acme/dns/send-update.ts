import { connect } from "node:net";
import { AcmeError } from "../acme-error.ts";
import type { DnsSettings } from "./dns-settings.ts";

const TIMEOUT_MS = 10_000;
const LENGTH_BYTES = 2;
const HEAD_BYTES = 12;

/** What a response code says, and what would be right (RFC 2136, 2.2; RFC 8945, 3). */
const CODES: Readonly<Record<number, string>> = {
  1: "FORMERR: it does not understand dynamic updates",
  2: "SERVFAIL: it failed by itself, its log says why",
  4: "NOTIMP: it does not take dynamic updates",
  5: "REFUSED: it does not let this key update the zone",
  9: "NOTAUTH: it has no such zone, does not know the key, or its clock differs from this one's",
  10: "NOTZONE: the zone is not that of the name",
};

const unreachable = ({ host, port }: DnsSettings, why: string) =>
  new AcmeError("unreachable", `the name server ${host}:${port} of TOLLGATE_ACME_DNS ${why}`);

/** One message and its response, each after its length (RFC 1035, 4.2.2): over TCP, since nothing of it may get lost. */
async function exchange(settings: DnsSettings, message: Buffer): Promise<Buffer> {
  const socket = connect({ host: settings.host, port: settings.port });
  socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error(`no response in ${TIMEOUT_MS / 1_000} s`)));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt16BE(message.length);
  socket.write(Buffer.concat([length, message]));
  let received = Buffer.alloc(0);
  try {
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      received = Buffer.concat([received, chunk]);
      if (received.length < LENGTH_BYTES) continue;
      const end = LENGTH_BYTES + received.readUInt16BE(0);
      if (received.length >= end) return received.subarray(LENGTH_BYTES, end);
    }
  } catch (error) {
    throw unreachable(settings, `cannot be reached: ${(error as Error).message}`);
  } finally {
    socket.destroy();
  }
  throw unreachable(settings, "closed the connection without a response");
}

/**
 * sendUpdate sends an update to the name server of a zone. Throws an AcmeError if it did not take it. That it took it is not proved by a signature: whether
 * the record is there is looked at by the authority.
 */
export async function sendUpdate(settings: DnsSettings, message: Buffer): Promise<void> {
  const response = await exchange(settings, message);
  if (response.length < HEAD_BYTES || response.readUInt16BE(0) !== message.readUInt16BE(0))
    throw unreachable(settings, "sent something else than a response to the update");
  const code = response.readUInt16BE(2) & 0xf;
  if (code !== 0)
    throw unreachable(
      settings,
      `did not take an update of the zone ${settings.zone}: ${CODES[code] ?? `response code ${code}`}`,
    );
}
