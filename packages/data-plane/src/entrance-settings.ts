import { type Read, type SettingsProblem, setting, type TlsFiles } from "@tollgate/telemetry";
import { type EdgeSettings, readEdge } from "./edge-settings.ts";
import { type HttpsSettings, readHttps } from "./https-settings.ts";
import type { PrivateEntrance } from "./listener/private-entrance.ts";
import { readProxyNetworks, readTrustedProxies, type TrustedProxies } from "./listener/trusted-proxies.ts";
import { readPrivate } from "./private-settings.ts";

/** EntranceSettings are where a node listens for calls. */
export interface EntranceSettings {
  readonly host: string;
  readonly httpPort: number;
  /** Something listens without TLS: calls are served there, or sent to the port with TLS. */
  readonly isHttpServed: boolean;
  /** undefined: nothing listens with TLS. */
  readonly https: HttpsSettings | undefined;
  /** Who in front of the node may say who called; undefined: nobody. */
  readonly trustedProxies: TrustedProxies | undefined;
  /** Networks of proxies that begin each connection with a header of the PROXY protocol; undefined: there are none. */
  readonly proxyProtocol: readonly string[] | undefined;
  /** It relays calls to these origins, and serves none itself; undefined: it serves calls. */
  readonly edge: EdgeSettings | undefined;
  /** Where edge nodes reach it; undefined: nowhere. */
  readonly edgePort: number | undefined;
  /** Where private networks reach it; undefined: nowhere. */
  readonly privateEntrance: PrivateEntrance | undefined;
}

/**
 * Listeners of several processes share a port, so two of one node would share it as well, each with a part of the connections: some calls of the public
 * would come from a private network.
 */
function sharedPorts(ports: Readonly<Record<string, number | undefined>>): readonly SettingsProblem[] {
  const names = new Map<number, string>();
  return Object.entries(ports).flatMap(([name, port]) => {
    if (!port) return [];
    const other = names.get(port);
    names.set(port, name);
    return other === undefined
      ? []
      : [{ name, message: `'${port}' is the port of ${other} as well: each needs its own` }];
  });
}

/** readEntrances reads where a node listens for calls, and who in front of it may say whose they are. */
export function readEntrances(
  read: Read,
  { tls, hasToken }: { readonly tls: TlsFiles | undefined; readonly hasToken: boolean },
  problems: SettingsProblem[],
): EntranceSettings {
  const { problems: httpsProblems, ...https } = readHttps(read);
  const proxies = readTrustedProxies(read("TOLLGATE_TRUSTED_PROXIES", setting.optionalText()));
  const proxyProtocol = readProxyNetworks(
    "TOLLGATE_PROXY_PROTOCOL",
    read("TOLLGATE_PROXY_PROTOCOL", setting.list()),
  );
  const { privateEntrance, problems: privateProblems } = readPrivate(read, https.https !== undefined);
  const httpPort = read("TOLLGATE_HTTP_PORT", setting.port(8080));
  const host = read("TOLLGATE_BIND", setting.text("127.0.0.1"));
  const { problems: edgeProblems, ...edge } = readEdge(read, { host, tls, hasToken, privateEntrance });
  const portProblems = sharedPorts({
    TOLLGATE_HTTP_PORT: https.isHttpServed ? httpPort : undefined,
    TOLLGATE_HTTPS_PORT: https.https?.port,
    TOLLGATE_PRIVATE_HTTP_PORT: privateEntrance?.httpPort,
    TOLLGATE_PRIVATE_HTTPS_PORT: privateEntrance?.httpsPort,
    TOLLGATE_EDGE_PORT: edge.edgePort,
  });
  problems.push(
    ...edgeProblems,
    ...proxies.problems,
    ...proxyProtocol.problems,
    ...privateProblems,
    ...httpsProblems,
  );
  problems.push(...portProblems);
  return {
    host,
    httpPort,
    ...https,
    ...edge,
    trustedProxies: proxies.trusted,
    proxyProtocol: proxyProtocol.networks,
    privateEntrance,
  };
}
