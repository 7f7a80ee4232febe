import type { Parsed } from "./first-bytes.ts";

const HANDSHAKE = 22;
const CLIENT_HELLO = 1;
const SERVER_NAME = 0;
const HOST_NAME = 0;
const PROTOCOLS = 16;
const RECORD_HEAD_BYTES = 5;
const MESSAGE_HEAD_BYTES = 4;
/** As OpenSSL: a record has at most so many bytes before it is encrypted (RFC 8446, 5.1). */
const RECORD_MAX_BYTES = 16 * 1024;
/** Larger ones, and those in more pieces, are for no client that exists: they are judged by TLS itself, without a name. */
const HELLO_MAX_BYTES = 64 * 1024;
const RECORDS_MAX = 16;

/** ClientHello is what is read of the first message of a client. */
export interface ClientHello {
  /** The name that it asks for, in lower case and without the dot of the root. "": it asks for none. */
  readonly serverName: string;
  /** The only protocol that it offers to speak above TLS (RFC 7301, 3.1); undefined: it offers none, or a choice. */
  readonly onlyProtocol: string | undefined;
}

const NOTHING: Parsed<ClientHello> = {
  value: { serverName: "", onlyProtocol: undefined },
  takenBytes: 0,
};

/** A part of a message that is read from its start on. What is beyond its end is `undefined`. */
class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  number(bytes: number): number | undefined {
    const from = this.#at;
    this.#at += bytes;
    return this.#at > this.#bytes.length ? undefined : this.#bytes.readUIntBE(from, bytes);
  }

  part(bytes: number | undefined): Buffer | undefined {
    if (bytes === undefined) return undefined;
    const from = this.#at;
    this.#at += bytes;
    return this.#at > this.#bytes.length ? undefined : this.#bytes.subarray(from, this.#at);
  }

  /** A part behind its length, which is a number of so many bytes. */
  vector(bytes: number): Buffer | undefined {
    return this.part(this.number(bytes));
  }
}

/** The message that the first records of a connection are; the bytes that are needed where it is not whole; undefined: it is another one. */
function messageOf(bytes: Buffer): Buffer | number | undefined {
  const parts: Buffer[] = [];
  let size = 0;
  let from = 0;
  for (let records = 0; records < RECORDS_MAX; records++) {
    if (bytes.length > from && bytes[from] !== HANDSHAKE) return undefined;
    if (bytes.length < from + RECORD_HEAD_BYTES) return from + RECORD_HEAD_BYTES;
    const length = bytes.readUInt16BE(from + 3);
    if (length === 0 || length > RECORD_MAX_BYTES) return undefined;
    const end = from + RECORD_HEAD_BYTES + length;
    if (bytes.length < end) return end > HELLO_MAX_BYTES ? undefined : end;
    parts.push(bytes.subarray(from + RECORD_HEAD_BYTES, end));
    size += length;
    from = end;
    if (size < MESSAGE_HEAD_BYTES) continue;
    const message = Buffer.concat(parts);
    if (message[0] !== CLIENT_HELLO) return undefined;
    const wanted = message.readUIntBE(1, 3);
    if (wanted > HELLO_MAX_BYTES) return undefined;
    if (size >= MESSAGE_HEAD_BYTES + wanted)
      return message.subarray(MESSAGE_HEAD_BYTES, MESSAGE_HEAD_BYTES + wanted);
  }
  return undefined;
}

/** The host name of a server_name extension (RFC 6066, 3); "": it has none. */
function hostNameOf(extension: Buffer): string {
  const list = new Reader(extension).vector(2);
  const names = new Reader(list ?? Buffer.alloc(0));
  while (!names.isAtEnd) {
    const type = names.number(1);
    const name = names.vector(2);
    // Without the dot of the root, as the hosts of calls are compared.
    if (type === HOST_NAME && name) return name.toString("latin1").toLowerCase().replace(/\.$/, "");
  }
  return "";
}

/** The protocol of an extension that offers just one. */
function onlyProtocolOf(extension: Buffer): string | undefined {
  const protocols = new Reader(new Reader(extension).vector(2) ?? Buffer.alloc(0));
  const first = protocols.vector(1);
  return first && protocols.isAtEnd ? first.toString("latin1") : undefined;
}

/**
 * readClientHello reads the ClientHello of a client (RFC 8446, 4.1.2; before TLS 1.3 the same form). What is no ClientHello asks for nothing: TLS refuses it.
 * Nothing is taken: TLS reads it again.
 */
export function readClientHello(bytes: Buffer): Parsed<ClientHello> {
  const message = messageOf(bytes);
  if (typeof message === "number") return { needsBytes: message };
  if (message === undefined) return NOTHING;
  const hello = new Reader(message);
  hello.part(2 + 32); // version, random
  hello.vector(1); // session id
  hello.vector(2); // suites
  hello.vector(1); // compression methods
  const extensions = new Reader(hello.vector(2) ?? Buffer.alloc(0));
  let serverName: string | undefined;
  let onlyProtocol: string | undefined;
  while (!extensions.isAtEnd) {
    const type = extensions.number(2);
    const content = extensions.vector(2);
    if (type === SERVER_NAME && content) serverName ??= hostNameOf(content);
    if (type === PROTOCOLS && content) onlyProtocol ??= onlyProtocolOf(content);
  }
  return { value: { serverName: serverName ?? "", onlyProtocol }, takenBytes: 0 };
}
