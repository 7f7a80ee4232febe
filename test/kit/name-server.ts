import { randomBytes } from "node:crypto";
import { Resolver } from "node:dns/promises";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { aptInstall, onPath, run } from "./cache.ts";
import { freePort, startProcess, until } from "./process.ts";

/** NameServer is a Knot DNS that has one zone, and takes dynamic updates that its key has signed. */
export interface NameServer extends AsyncDisposable {
  readonly port: number;
  readonly zone: string;
  /** As nsupdate -y has it. */
  readonly key: string;
  /** Sets a record of the zone, such as "_acme-challenge.shop" CNAME "x.example.com.". */
  set(owner: string, type: string, value: string): Promise<void>;
  /** The texts of a whole name, as a resolver sees them. */
  texts(name: string): Promise<readonly string[]>;
}

const INSTALLED = "/usr/sbin/knotd";

async function knotd(): Promise<string> {
  const found = (await onPath("knotd")) ?? (existsSync(INSTALLED) ? INSTALLED : undefined);
  if (found) return found;
  await aptInstall("knot");
  return INSTALLED;
}

/** startNameServer starts a name server on a free port of this machine. */
export async function startNameServer(zone: string): Promise<NameServer> {
  const binary = await knotd();
  const folder = mkdtempSync(join(tmpdir(), "tollgate-dns-"));
  const port = await freePort();
  const secret = randomBytes(32).toString("base64");
  const config = join(folder, "knot.conf");
  writeFileSync(
    join(folder, "zone"),
    `$ORIGIN ${zone}.\n$TTL 1\n@ SOA ns admin 1 3600 600 86400 1\n@ NS ns\nns A 127.0.0.1\n`,
  );
  writeFileSync(
    config,
    `server:
  rundir: "${folder}"
  listen: 127.0.0.1@${port}
database:
  storage: "${folder}"
key:
  - id: tollgate
    algorithm: hmac-sha256
    secret: ${secret}
acl:
  - id: update
    key: tollgate
    action: update
zone:
  - domain: ${zone}
    storage: "${folder}"
    file: zone
    acl: update
`,
  );
  const server = startProcess(binary, ["-c", config]);
  const control = (...args: string[]) =>
    run(binary.replace(/knotd$/, "knotc"), ["-s", join(folder, "knot.sock"), ...args]);
  const resolver = new Resolver({ timeout: 1_000, tries: 1 });
  resolver.setServers([`127.0.0.1:${port}`]);
  await until(
    () => `Knot DNS: ${server.output()}`,
    () =>
      resolver.resolve4(`ns.${zone}`).then(
        () => true,
        () => false,
      ),
  );
  return {
    port,
    zone,
    key: `hmac-sha256:tollgate:${secret}`,
    async set(owner, type, value) {
      await control("zone-begin", zone);
      await control("zone-set", zone, owner, "1", type, value);
      await control("zone-commit", zone);
    },
    texts: async (name) =>
      (
        await resolver.resolveTxt(name).catch((error: NodeJS.ErrnoException) => {
          if (error.code === "ENODATA" || error.code === "ENOTFOUND") return [];
          throw error;
        })
      ).map((parts) => parts.join("")),
    async [Symbol.asyncDispose]() {
      await server.kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
