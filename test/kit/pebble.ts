import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { Agent, request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openAuthority } from "@tollgate/certificates";
import { goInstall } from "./cache.ts";
import { accepts, baseEnv, freePort, type RunningProcess, startProcess, until } from "./process.ts";

const MODULE = "github.com/letsencrypt/pebble/v2/cmd";
const VERSION = "v2.10.3";
const DAY_MS = 24 * 60 * 60 * 1000;

/** PebblePlace is where a Pebble will listen, and who vouches for it: settings need both before it starts. */
export interface PebblePlace extends AsyncDisposable {
  readonly directoryUrl: string;
  /** PEM file of the authority that signed the certificate of its directory. */
  readonly authoritiesFile: string;
  start(options: PebbleOptions): Promise<Pebble>;
}

export interface PebbleOptions {
  /** Where it looks at names: the ports of a gateway. Every name is looked for on this machine. */
  readonly httpPort: number;
  readonly httpsPort: number;
  /** How many of a hundred good nonces it refuses. */
  readonly badNonces?: number;
  /** Key ids and keys of accounts elsewhere, one of which each new account must name. */
  readonly externalAccounts?: Readonly<Record<string, string>>;
  readonly refusedNames?: readonly string[];
  /** Port of a name server on this machine that it asks; absent: one of its own, where all names lead to this machine. */
  readonly dnsPort?: number;
}

/** Pebble is an ACME authority for tests, which answers strictly. */
export interface Pebble {
  /** PEM: the certificate at the end of the chains of what it issues. */
  root(): Promise<string>;
}

interface Ports {
  readonly directory: number;
  readonly management: number;
  readonly dns: number;
}

/** All names lead to this machine. */
function startDns(binary: string, ports: Ports, management: number): RunningProcess {
  const none = ["http01", "https01", "tlsalpn01", "doh", "defaultIPv6"].map((name) => `-${name}=`);
  const dns = [`-dnsserver=127.0.0.1:${ports.dns}`, "-defaultIPv4=127.0.0.1"];
  return startProcess(binary, [...none, ...dns, `-management=127.0.0.1:${management}`]);
}

const configOf = (
  folder: string,
  ports: Ports,
  { httpPort, httpsPort, externalAccounts = {}, refusedNames = [] }: PebbleOptions,
): string =>
  JSON.stringify({
    pebble: {
      listenAddress: `127.0.0.1:${ports.directory}`,
      managementListenAddress: `127.0.0.1:${ports.management}`,
      certificate: join(folder, "cert.pem"),
      privateKey: join(folder, "key.pem"),
      httpPort,
      tlsPort: httpsPort,
      externalAccountBindingRequired: Object.keys(externalAccounts).length > 0,
      externalAccountMACKeys: externalAccounts,
      domainBlocklist: refusedNames,
    },
  });

function startAuthority(
  binary: string,
  folder: string,
  ports: Ports,
  options: PebbleOptions,
): RunningProcess {
  const file = join(folder, "pebble.json");
  writeFileSync(file, configOf(folder, ports, options));
  return startProcess(binary, ["-config", file, "-dnsserver", `127.0.0.1:${options.dnsPort ?? ports.dns}`], {
    env: {
      ...baseEnv(),
      PEBBLE_VA_NOSLEEP: "1",
      PEBBLE_WFE_NONCEREJECT: String(options.badNonces ?? 0),
      PEBBLE_AUTHZREUSE: "0",
    },
  });
}

/** placePebble chooses where Let's Encrypt's Pebble, built from its Go module, will listen. */
export async function placePebble(): Promise<PebblePlace> {
  const folder = mkdtempSync(join(tmpdir(), "tollgate-pebble-"));
  const ports = { directory: await freePort(), management: await freePort(), dns: await freePort() };
  const authority = await openAuthority(join(folder, "authority"));
  const own = await authority.issue({ names: ["localhost", "127.0.0.1"], validMs: DAY_MS });
  writeFileSync(join(folder, "cert.pem"), own.certificate);
  writeFileSync(join(folder, "key.pem"), own.privateKey);
  const binary = await goInstall("pebble", `${MODULE}/pebble@${VERSION}`);
  const names = await goInstall("pebble-challtestsrv", `${MODULE}/pebble-challtestsrv@${VERSION}`);
  const agent = new Agent({ ca: authority.certificate });
  const root = async (): Promise<string> => {
    const sent = request(`https://localhost:${ports.management}/roots/0`, { agent });
    sent.end();
    const [response] = (await once(sent, "response")) as [IncomingMessage];
    return Buffer.concat((await response.toArray()) as Buffer[]).toString();
  };
  const running: RunningProcess[] = [];
  return {
    directoryUrl: `https://localhost:${ports.directory}/dir`,
    authoritiesFile: authority.file,
    async start(options) {
      const dns = startDns(names, ports, await freePort());
      const pebble = startAuthority(binary, folder, ports, options);
      running.push(dns, pebble);
      await until(
        () => `the DNS of Pebble: ${dns.output()}`,
        () => accepts(ports.dns),
      );
      await until(
        () => `Pebble: ${pebble.output()}`,
        () =>
          root().then(
            (text) => text.includes("BEGIN CERTIFICATE"),
            () => false,
          ),
      );
      return { root };
    },
    async [Symbol.asyncDispose]() {
      for (const process of running) await process.kill("SIGKILL");
      agent.destroy();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
