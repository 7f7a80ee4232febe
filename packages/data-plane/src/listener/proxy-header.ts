import { isIPv4, isIPv6 } from "node:net";
import type { Parsed } from "./first-bytes.ts";

/** ProxyHeader is what a proxy says of the connection that it hands on. */
export interface ProxyHeader {
  /** The address of whoever connected to the proxy; undefined: it says none, and the proxy speaks for itself. */
  readonly source: string | undefined;
  /** The VPC endpoint that the connection came through, as AWS's load balancers say it; undefined: none. */
  readonly vpcEndpointId: string | undefined;
}

const SIGNATURE = Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1");
const V1_START = Buffer.from("PROXY ", "latin1");
const V1_MAX_BYTES = 107;
const V2_HEAD_BYTES = 16;
/** Longer ones have certificates of clients in them, which nobody here reads. */
const V2_MAX_BYTES = 4 * 1024;
const LOCAL = 0x20;
const PROXY = 0x21;
const CRC32C = 0x03;
const AWS = 0xea;
const AWS_VPC_ENDPOINT = 0x01;
const VPC_ENDPOINT_ID = /^vpce-[a-z0-9]{1,64}$/;

/** Address families with TCP, and how many bytes two addresses and ports have. Others are of connections that cannot end here. */
const ADDRESS_BYTES: ReadonlyMap<number, number> = new Map([
  [0x00, 0],
  [0x11, 12],
  [0x21, 36],
]);

const UNKNOWN: ProxyHeader = { source: undefined, vpcEndpointId: undefined };

/** One spelling of an IPv6 address (RFC 5952); one of IPv4 that is mapped into it is that IPv4 address. */
function plainIpv6(address: string): string {
  const text = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(text) ?? [];
  if (high === undefined || low === undefined) return text;
  const quad = [Number.parseInt(high, 16), Number.parseInt(low, 16)];
  return quad.flatMap((part) => [part >> 8, part & 255]).join(".");
}

const isPort = (text: string | undefined): boolean =>
  /^(0|[1-9]\d{0,4})$/.test(text ?? "") && Number(text) <= 65_535;

/** The source of a line of version 1; null: it is none. */
function sourceOfLine(line: string): string | undefined | null {
  const parts = line.split(" ");
  const [, protocol = "", source = "", target = "", sourcePort, targetPort] = parts;
  // Whatever follows UNKNOWN is to be ignored.
  if (protocol === "UNKNOWN") return undefined;
  if (parts.length !== 6 || !isPort(sourcePort) || !isPort(targetPort)) return null;
  if (protocol === "TCP4") return isIPv4(source) && isIPv4(target) ? source : null;
  const isTcp6 = protocol === "TCP6" && [source, target].every((one) => isIPv6(one) && !one.includes("%"));
  return isTcp6 ? plainIpv6(source) : null;
}

function readVersion1(bytes: Buffer): Parsed<ProxyHeader> {
  const end = bytes.subarray(0, V1_MAX_BYTES).indexOf("\r\n");
  if (end < 0) return bytes.length < V1_MAX_BYTES ? { needsBytes: bytes.length + 1 } : "refused";
  const source = sourceOfLine(bytes.toString("latin1", 0, end));
  if (source === null) return "refused";
  return {
    value: source === undefined ? UNKNOWN : { source, vpcEndpointId: undefined },
    takenBytes: end + 2,
  };
}

/** CRC-32C (Castagnoli, RFC 3720, B.4) of bytes, those from `zeroFrom` to `zeroTo` taken for zero. */
function crc32c(bytes: Buffer, zeroFrom: number, zeroTo: number): number {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) {
    crc ^= i >= zeroFrom && i < zeroTo ? 0 : (bytes[i] as number);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return ~crc >>> 0;
}

/** The endpoint that the values behind the addresses name; null: they are broken. */
function endpointOf(header: Buffer, from: number): string | undefined | null {
  let endpoint: string | undefined;
  for (let at = from; at < header.length; ) {
    if (at + 3 > header.length) return null;
    const type = header[at];
    const end = at + 3 + header.readUInt16BE(at + 1);
    if (end > header.length) return null;
    const value = header.subarray(at + 3, end);
    if (type === CRC32C && (value.length !== 4 || value.readUInt32BE() !== crc32c(header, at + 3, end)))
      return null;
    if (type === AWS && value[0] === AWS_VPC_ENDPOINT) {
      const id = value.toString("latin1", 1);
      if (endpoint !== undefined || !VPC_ENDPOINT_ID.test(id)) return null;
      endpoint = id;
    }
    at = end;
  }
  return endpoint;
}

function sourceOfAddresses(header: Buffer, family: number): string | undefined {
  if (family === 0x11) return [...header.subarray(V2_HEAD_BYTES, V2_HEAD_BYTES + 4)].join(".");
  if (family !== 0x21) return undefined;
  const groups = Array.from({ length: 8 }, (_, i) => header.readUInt16BE(V2_HEAD_BYTES + 2 * i).toString(16));
  return plainIpv6(groups.join(":"));
}

function readVersion2(bytes: Buffer): Parsed<ProxyHeader> {
  if (bytes.length < V2_HEAD_BYTES) return { needsBytes: V2_HEAD_BYTES };
  const command = bytes[12];
  const family = bytes[13] as number;
  const size = V2_HEAD_BYTES + bytes.readUInt16BE(14);
  if ((command !== LOCAL && command !== PROXY) || size > V2_MAX_BYTES) return "refused";
  if (bytes.length < size) return { needsBytes: size };
  if (command === LOCAL) return { value: UNKNOWN, takenBytes: size };
  const addressBytes = ADDRESS_BYTES.get(family);
  if (addressBytes === undefined || size < V2_HEAD_BYTES + addressBytes) return "refused";
  const header = bytes.subarray(0, size);
  // Without addresses, all that follows is to be ignored.
  const vpcEndpointId = addressBytes === 0 ? undefined : endpointOf(header, V2_HEAD_BYTES + addressBytes);
  if (vpcEndpointId === null) return "refused";
  return { value: { source: sourceOfAddresses(header, family), vpcEndpointId }, takenBytes: size };
}

const beginsLike = (bytes: Buffer, start: Buffer): boolean => {
  const length = Math.min(bytes.length, start.length);
  return bytes.compare(start, 0, length, 0, length) === 0;
};

/** readProxyHeader reads the header of the PROXY protocol, version 1 or 2 (haproxy.org: proxy-protocol.txt). What does not begin with one is refused. */
export function readProxyHeader(bytes: Buffer): Parsed<ProxyHeader> {
  if (beginsLike(bytes, V1_START)) return readVersion1(bytes);
  return beginsLike(bytes, SIGNATURE) ? readVersion2(bytes) : "refused";
}
