import { hostname } from "node:os";
import { type Read, type SettingsProblem, setting } from "@tollgate/telemetry";

/** A name of DNS (RFC 1123, 2.1), the last label of which is not a number: that would be an address. */
const HOST_NAME =
  /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*(?!\d+$)[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;
export const HOST_AND_PORT = /^(\[[0-9a-fA-F:]+\]|[^\s:/]+):\d{1,5}$/;

/** NodeIdentity is what a node is called, and by what it can be found. */
export interface NodeIdentity {
  readonly nodeId: string;
  /** What operators tell nodes apart by, such as their zone. */
  readonly labels: Readonly<Record<string, string>>;
  /** Where other nodes reach this one. */
  readonly peer: PeerSettings;
}

/** PeerSettings are where a node listens for other nodes. */
export interface PeerSettings {
  readonly host: string;
  /** 0 selects a free port. */
  readonly port: number;
  /** host:port that is reported to others; undefined: the host, or the name of the machine, with the port. */
  readonly address: string | undefined;
  /** The name that the certificates of all nodes are valid for; undefined: each for the host of its address. */
  readonly serverName: string | undefined;
}

function readPeer(read: Read, problems: SettingsProblem[]): PeerSettings {
  const address = read("TOLLGATE_PEER_ADDRESS", setting.optionalText());
  if (address !== undefined && !HOST_AND_PORT.test(address))
    problems.push({ name: "TOLLGATE_PEER_ADDRESS", message: `'${address}' must be host:port` });
  const serverName = read("TOLLGATE_PEER_NAME", setting.optionalText());
  if (serverName !== undefined && !HOST_NAME.test(serverName))
    problems.push({
      name: "TOLLGATE_PEER_NAME",
      message: `'${serverName}' must be a host name, without a port, that the certificates of all nodes contain`,
    });
  return {
    host: read("TOLLGATE_PEER_BIND", setting.text("127.0.0.1")),
    port: read("TOLLGATE_PEER_PORT", setting.port(0)),
    address,
    serverName,
  };
}

/** readIdentity reads TOLLGATE_NODE_* and TOLLGATE_PEER_*. */
export function readIdentity(read: Read, problems: SettingsProblem[]): NodeIdentity {
  const nodeId = read("TOLLGATE_NODE_ID", setting.text(hostname()));
  if (!/^[A-Za-z0-9._-]{1,128}$/.test(nodeId))
    problems.push({
      name: "TOLLGATE_NODE_ID",
      message: `'${nodeId}' must be 1 to 128 characters of a-z, A-Z, 0-9 and ._-`,
    });
  const labels = read("TOLLGATE_NODE_LABELS", setting.list());
  for (const label of labels)
    if (!/^[A-Za-z0-9._/-]{1,63}=[^=\s]{0,128}$/.test(label))
      problems.push({
        name: "TOLLGATE_NODE_LABELS",
        message: `'${label}' must be name=value; several are separated by commas`,
      });
  return {
    nodeId,
    labels: Object.fromEntries(labels.map((label) => label.split("=", 2) as [string, string])),
    peer: readPeer(read, problems),
  };
}
