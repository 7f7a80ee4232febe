import {
  type Read,
  readSecret,
  type Secret,
  type SettingsProblem,
  setting,
  type TlsFiles,
} from "@tollgate/telemetry";

export const DEFAULT_PREFIX = "/tollgate";
/** etcd's own default of --quota-backend-bytes. */
const DEFAULT_QUOTA_MB = 2_048;
const MINUTE_MS = 60_000;
const MB = 1024 * 1024;

/** EtcdSettings is how a control plane reaches etcd, and what it does there. */
export interface EtcdSettings {
  /** URLs of members of one cluster. */
  readonly hosts: readonly string[];
  /** What every key begins with, without a slash at its end. */
  readonly prefix?: string;
  /** undefined: plaintext, or the authorities that Node.js knows if the URLs begin with https. */
  readonly tls?: TlsFiles | undefined;
  readonly login?: { readonly username: string; readonly password: Secret } | undefined;
  /** How long the history is kept; 0 or undefined: etcd compacts it itself. */
  readonly historyMs?: number;
  /** The space quota of its members. */
  readonly quotaBytes?: number;
  /** How often history is dropped and space measured. */
  readonly maintenanceIntervalMs?: number;
}

function readLogin(read: Read, problems: SettingsProblem[]): EtcdSettings["login"] {
  const username = read("TOLLGATE_ETCD_USERNAME", setting.optionalText());
  const { secret: password, problems: more } = readSecret(read, "TOLLGATE_ETCD_PASSWORD");
  problems.push(...more);
  if ((username === undefined) !== (password === undefined))
    problems.push({
      name: "TOLLGATE_ETCD_USERNAME",
      message: "and TOLLGATE_ETCD_PASSWORD or TOLLGATE_ETCD_PASSWORD_FILE must be set together",
    });
  return username === undefined || password === undefined ? undefined : { username, password };
}

function readTls(read: Read, hosts: readonly string[], problems: SettingsProblem[]): TlsFiles | undefined {
  const authorities = read("TOLLGATE_ETCD_CA", setting.optionalText());
  const certificate = read("TOLLGATE_ETCD_CERT", setting.optionalText());
  const key = read("TOLLGATE_ETCD_KEY", setting.optionalText());
  if ((certificate === undefined) !== (key === undefined))
    problems.push({ name: "TOLLGATE_ETCD_CERT", message: "and TOLLGATE_ETCD_KEY must be set together" });
  if (certificate !== undefined && authorities === undefined)
    problems.push({ name: "TOLLGATE_ETCD_CA", message: "is not set, but TOLLGATE_ETCD_CERT is" });
  if (authorities !== undefined && hosts.some((host) => !host.startsWith("https://")))
    problems.push({
      name: "TOLLGATE_ETCD",
      message: "must be URLs that begin with https:// with TOLLGATE_ETCD_CA",
    });
  const address = hosts.find((host) => /^https:\/\/(\d+\.\d+\.\d+\.\d+|\[)/.test(host));
  if (address !== undefined)
    problems.push({
      name: "TOLLGATE_ETCD",
      message: `contains ${address}: with https it must contain host names, which the certificates of etcd are checked for`,
    });
  return authorities === undefined ? undefined : { authorities, certificate, key };
}

/** readEtcd reads the settings of the connection to etcd. */
export function readEtcd(read: Read): {
  readonly settings: EtcdSettings;
  readonly problems: readonly SettingsProblem[];
} {
  const problems: SettingsProblem[] = [];
  const hosts = read("TOLLGATE_ETCD", setting.list());
  const prefix = read("TOLLGATE_ETCD_PREFIX", setting.text(DEFAULT_PREFIX));
  if (!/^(\/[A-Za-z0-9._-]+)+$/.test(prefix))
    problems.push({
      name: "TOLLGATE_ETCD_PREFIX",
      message: `'${prefix}' must begin with a slash, not end with one, and contain a-z, A-Z, 0-9 and ._-`,
    });
  const settings = {
    hosts,
    prefix,
    tls: readTls(read, hosts, problems),
    login: readLogin(read, problems),
    historyMs: read("TOLLGATE_ETCD_HISTORY_MINUTES", setting.integer(60, 0, 525_600)) * MINUTE_MS,
    quotaBytes: read("TOLLGATE_ETCD_QUOTA_MB", setting.integer(DEFAULT_QUOTA_MB, 16, 1_048_576)) * MB,
  };
  return { settings, problems };
}
