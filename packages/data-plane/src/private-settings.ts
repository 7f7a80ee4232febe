import { type Read, type Setting, type SettingsProblem, setting } from "@tollgate/telemetry";
import type { PrivateEntrance } from "./listener/private-entrance.ts";
import { readProxyNetworks } from "./listener/trusted-proxies.ts";

const optionalPort: Setting<number | undefined> = (raw) =>
  raw ? setting.port(0)(raw) : { value: undefined };

/** readPrivate reads where private networks reach a node, the only way to private APIs; undefined: nowhere. */
export function readPrivate(
  read: Read,
  isHttpsServed: boolean,
): { readonly privateEntrance: PrivateEntrance | undefined; readonly problems: readonly SettingsProblem[] } {
  const httpPort = read("TOLLGATE_PRIVATE_HTTP_PORT", optionalPort);
  const httpsPort = read("TOLLGATE_PRIVATE_HTTPS_PORT", optionalPort);
  const vpcEndpointId = read("TOLLGATE_PRIVATE_VPC_ENDPOINT", setting.optionalText());
  const { networks: proxies, problems: proxyProblems } = readProxyNetworks(
    "TOLLGATE_PRIVATE_PROXY_PROTOCOL",
    read("TOLLGATE_PRIVATE_PROXY_PROTOCOL", setting.list()),
  );
  const problems = [...proxyProblems];
  const isOpen = httpPort !== undefined || httpsPort !== undefined;
  if (httpsPort !== undefined && !isHttpsServed)
    problems.push({
      name: "TOLLGATE_PRIVATE_HTTPS_PORT",
      message: "is set, but TOLLGATE_HTTPS is off: no certificate is presented",
    });
  if (vpcEndpointId !== undefined && !/^vpce-[a-z0-9]{1,64}$/.test(vpcEndpointId))
    problems.push({
      name: "TOLLGATE_PRIVATE_VPC_ENDPOINT",
      message: `'${vpcEndpointId}' must be the id of a VPC endpoint, such as vpce-0a1b2c3d`,
    });
  if (!isOpen && (vpcEndpointId !== undefined || proxies))
    problems.push({
      name: vpcEndpointId === undefined ? "TOLLGATE_PRIVATE_PROXY_PROTOCOL" : "TOLLGATE_PRIVATE_VPC_ENDPOINT",
      message:
        "is set without TOLLGATE_PRIVATE_HTTPS_PORT or TOLLGATE_PRIVATE_HTTP_PORT: private networks reach no port",
    });
  return { privateEntrance: isOpen ? { httpPort, httpsPort, vpcEndpointId, proxies } : undefined, problems };
}
