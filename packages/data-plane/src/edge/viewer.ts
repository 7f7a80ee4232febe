import { isIP } from "node:net";

/** Where an edge node sends connections of viewers: each is a stream of HTTP/2 to this path, with what the edge node says of it in a header. */
export const RELAY_PATH = "/tollgate.edge.v1/relay";
/** Asked for with each new connection, and by whoever wants to know whether an origin takes viewers. */
export const READY_PATH = "/tollgate.edge.v1/ready";
/** Asked for by an edge node that stops: the origin ends its viewers between two requests. */
export const LEAVE_PATH = "/tollgate.edge.v1/leave";
export const VIEWER_HEADER = "tollgate-viewer";
/** The text of a refusal. */
export const REASON_HEADER = "tollgate-reason";

/** Viewer is a connection that an edge node has accepted, as it tells its origin. Everything of it is seen by the edge node itself, and nothing is said by the caller. */
export interface Viewer {
  /** Of the edge node. */
  readonly nodeId: string;
  /** Address of the caller. */
  readonly address: string;
  /** The port that it came to. */
  readonly entrancePort: number;
  /** What is spoken on it: of the two, the one that TLS agreed on. */
  readonly protocol: "h2" | "http/1.1";
  /** undefined: without TLS. */
  readonly tls: ViewerTls | undefined;
  /** Where a call without TLS is sent; undefined: it is served. */
  readonly redirectPort: number | undefined;
}

/** ViewerTls is what the TLS says that an edge node has ended. */
export interface ViewerTls {
  /** The name that the caller asked for (SNI), in lower case; empty: none. */
  readonly serverName: string;
  /** As OpenSSL names it: TLSv1.3. */
  readonly version: string;
  readonly cipherSuite: string;
}

/** writeViewer is a viewer as a header says it. */
export const writeViewer = (viewer: Viewer): string =>
  Buffer.from(JSON.stringify(viewer)).toString("base64url");

const isPort = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) > 0 && (value as number) < 65_536;

const isShortText = (value: unknown): value is string => typeof value === "string" && value.length <= 512;

const isTls = (value: unknown): value is ViewerTls => {
  if (typeof value !== "object" || value === null) return false;
  const { serverName, version, cipherSuite } = value as Record<keyof ViewerTls, unknown>;
  return [serverName, version, cipherSuite].every(isShortText);
};

function membersOf(header: unknown): Record<keyof Viewer, unknown> | undefined {
  if (typeof header !== "string") return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(header, "base64url").toString());
    return typeof value === "object" && value !== null ? (value as Record<keyof Viewer, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** readViewer reads what `writeViewer` made; a string says what is wrong with it. */
export function readViewer(header: unknown): Viewer | string {
  const members = membersOf(header);
  if (!members) return `${VIEWER_HEADER} is not an object of JSON in base64url`;
  const { nodeId, address, entrancePort, protocol, tls, redirectPort } = members;
  if (!isShortText(nodeId) || nodeId === "") return "nodeId is not the id of a node";
  if (!isShortText(address) || isIP(address) === 0) return "address is not an IP address";
  if (!isPort(entrancePort)) return "entrancePort is not a port";
  if (protocol !== "h2" && protocol !== "http/1.1") return "protocol is not h2 or http/1.1";
  if (tls !== undefined && !isTls(tls))
    return "tls is not an object with serverName, version and cipherSuite";
  if (redirectPort !== undefined && !isPort(redirectPort)) return "redirectPort is not a port";
  return { nodeId, address, entrancePort, protocol, tls, redirectPort };
}
