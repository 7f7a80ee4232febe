import {
  isLoopback,
  type Read,
  type Setting,
  type SettingsProblem,
  setting,
  type TlsFiles,
} from "@tollgate/telemetry";
import type { PrivateEntrance } from "./listener/private-entrance.ts";

const optionalPort: Setting<number | undefined> = (raw) =>
  raw ? setting.port(0)(raw) : { value: undefined };
const HOST_AND_PORT = /^(\[[0-9a-fA-F:]+\]|[^\s:/]+):\d{1,5}$/;

/** EdgeSettings make a process an edge node: it ends the TLS of callers, and relays their connections to nodes of the region. */
export interface EdgeSettings {
  /** host:port of the edge ports of the region's nodes. */
  readonly origins: readonly string[];
  /** Connections that are kept open to each of them. */
  readonly connections: number;
}

interface ReadEdgeOptions {
  readonly host: string;
  readonly hasToken: boolean;
  readonly tls: TlsFiles | undefined;
  readonly privateEntrance: PrivateEntrance | undefined;
}

/** Whoever reaches an edge port can say who calls: it must be known who that is. */
function edgePortProblems({ host, hasToken, tls }: ReadEdgeOptions): SettingsProblem[] {
  const name = "TOLLGATE_EDGE_PORT";
  const problems: SettingsProblem[] = [];
  if (tls && tls.certificate === undefined)
    problems.push({
      name,
      message: "is set without TOLLGATE_TLS_CERT: it needs a certificate besides TOLLGATE_TLS_CA",
    });
  if (!hasToken && tls?.authorities === undefined && !isLoopback(host))
    problems.push({
      name,
      message: `is set, and TOLLGATE_BIND is ${host}, but edge nodes are not authenticated, which is allowed on loopback only: set TOLLGATE_TOKEN or TOLLGATE_TLS_CA`,
    });
  return problems;
}

/** readEdge reads what makes a process an edge node, and where edge nodes reach a node; both undefined: neither. */
export function readEdge(
  read: Read,
  options: ReadEdgeOptions,
): {
  readonly edge: EdgeSettings | undefined;
  readonly edgePort: number | undefined;
  readonly problems: readonly SettingsProblem[];
} {
  const origins = read("TOLLGATE_EDGE", setting.list());
  const connections = read("TOLLGATE_EDGE_CONNECTIONS", setting.integer(4, 1, 64));
  const edgePort = read("TOLLGATE_EDGE_PORT", optionalPort);
  const problems = edgePort === undefined ? [] : edgePortProblems(options);
  for (const origin of origins)
    if (!HOST_AND_PORT.test(origin))
      problems.push({
        name: "TOLLGATE_EDGE",
        message: `'${origin}' must be host:port of the edge port (TOLLGATE_EDGE_PORT) of a node; several are separated by commas`,
      });
  if (origins.length > 0 && edgePort !== undefined)
    problems.push({
      name: "TOLLGATE_EDGE_PORT",
      message:
        "is set together with TOLLGATE_EDGE: an edge node relays to nodes of the region, and not to other edge nodes",
    });
  if (origins.length > 0 && options.privateEntrance)
    problems.push({
      name: "TOLLGATE_EDGE",
      message:
        "is set together with TOLLGATE_PRIVATE_HTTPS_PORT or TOLLGATE_PRIVATE_HTTP_PORT: edge nodes do not lead to private APIs",
    });
  const edge = origins.length === 0 ? undefined : { origins, connections };
  return { edge, edgePort, problems };
}
