import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect } from "node:tls";
import { fileURLToPath } from "node:url";
import { askProgram } from "./ask-program.ts";
import { onPath } from "./cache.ts";
import { javaInstalled } from "./java-oracle.ts";
import { ALL_SUITES, type TlsSuite, type TlsVersion } from "./tls-suites.ts";

/** TlsServer is where clients connect, on this machine, and the PEM file of the authority that they trust. */
export interface TlsServer {
  readonly port: number;
  readonly authorityFile: string;
}

/** Handshake is what a client offers: one version, and some of its suites. */
export interface Handshake {
  readonly host: string;
  readonly version: TlsVersion;
  readonly suites: readonly TlsSuite[];
}

/** What was agreed on (the suite by IANA's name), or the alert of the server; another failure as the client reports it. */
export type HandshakeOutcome =
  | { readonly version: string; readonly suite: string }
  | { readonly failed: string };

export interface TlsClient {
  readonly name: string;
  /** Whether it can choose among the suites of TLS 1.3. */
  readonly choosesOf13: boolean;
  shake(server: TlsServer, handshakes: readonly Handshake[]): Promise<readonly HandshakeOutcome[]>;
}

const ALERTS: Readonly<Record<string, RegExp>> = {
  handshake_failure: /alert.handshake.failure|ALERT_HANDSHAKE_FAILURE|alert: handshake_failure/i,
  protocol_version: /alert.protocol.version|ALERT_PROTOCOL_VERSION|alert: protocol_version/i,
};
const failedBy = (text: string): HandshakeOutcome => {
  const alert = Object.entries(ALERTS).find(([, pattern]) => pattern.test(text));
  return { failed: alert?.[0] ?? text.slice(-500) };
};
const agreed = (version = "", suite = ""): HandshakeOutcome => ({
  version: version === "TLSv1.0" ? "TLSv1" : version,
  suite: ALL_SUITES.find(({ openSsl }) => openSsl === suite)?.name ?? suite,
});

const openSslNames = (suites: readonly TlsSuite[]) => suites.map(({ openSsl }) => openSsl).join(":");
/** Debian's OpenSSL refuses TLS 1.0 and 1.1 unless it is told that their signatures will do. */
const ANY_SIGNATURE = ":@SECLEVEL=0";

const AT_ONCE = 4;
/** Clients that make one handshake a process. */
const eachByCommand =
  (one: (server: TlsServer, handshake: Handshake) => Promise<HandshakeOutcome>): TlsClient["shake"] =>
  async (server, handshakes) => {
    const outcomes: HandshakeOutcome[] = [];
    const rest = handshakes.entries();
    const work = async () => {
      for (const [i, handshake] of rest) outcomes[i] = await one(server, handshake);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    return outcomes;
  };

/** What a command writes, whatever its exit code. */
const outputOf = (command: string, args: readonly string[]): Promise<string> =>
  new Promise((resolve) => {
    const child = execFile(command, args, (error, stdout, stderr) =>
      resolve(stdout + stderr + (error && !stderr ? error.message : "")),
    );
    child.stdin?.end();
  });

const OPENSSL_FLAGS = { TLSv1: "-tls1", "TLSv1.1": "-tls1_1", "TLSv1.2": "-tls1_2", "TLSv1.3": "-tls1_3" };
const openSsl = eachByCommand(async ({ port, authorityFile }, { host, version, suites }) => {
  const names = openSslNames(suites);
  const offered = version === "TLSv1.3" ? ["-ciphersuites", names] : ["-cipher", `${names}${ANY_SIGNATURE}`];
  const trust = ["-CAfile", authorityFile, "-verify_return_error", "-verify_hostname", host];
  const target = ["-connect", `127.0.0.1:${port}`, "-servername", host, OPENSSL_FLAGS[version]];
  const text = await outputOf("openssl", ["s_client", "-brief", ...target, ...offered, ...trust]);
  const [, agreedVersion, suite] = /Protocol version: (\S+)\nCiphersuite: (\S+)/.exec(text) ?? [];
  return suite === undefined ? failedBy(text) : agreed(agreedVersion, suite);
});

const curl = eachByCommand(async ({ port, authorityFile }, { host, version, suites }) => {
  const number = version.slice("TLSv".length).padEnd(3, ".0");
  const names = openSslNames(suites);
  const offered =
    version === "TLSv1.3"
      ? ["--tls13-ciphers", names]
      : ["--ciphers", `${names}${ANY_SIGNATURE}`, "--tls-max", number];
  const target = ["--resolve", `${host}:${port}:127.0.0.1`, `https://${host}:${port}/`];
  const args = ["-sv", "-o", "/dev/null", "--cacert", authorityFile, `--tlsv${number}`];
  const text = await outputOf("curl", [...args, ...offered, ...target]);
  const [, agreedVersion, suite] = /SSL connection using (\S+) \/ (\S+)/.exec(text) ?? [];
  const isServed = /^< HTTP\/[\d.]+ \d{3}/m.test(text);
  return suite === undefined || !isServed ? failedBy(text) : agreed(agreedVersion, suite);
});

const node = eachByCommand(async ({ port, authorityFile }, { host, version, suites }) => {
  const socket = connect({
    port,
    host: "127.0.0.1",
    servername: host,
    ca: readFileSync(authorityFile),
    minVersion: version,
    maxVersion: version,
    ciphers: openSslNames(suites) + (version === "TLSv1.3" ? "" : ANY_SIGNATURE),
  });
  try {
    await once(socket, "secureConnect");
    return { version: socket.getProtocol() ?? "", suite: socket.getCipher().standardName };
  } catch (error) {
    const { code = "", message } = error as NodeJS.ErrnoException;
    return failedBy(`${code} ${message}`);
  } finally {
    socket.destroy();
  }
});

const fileOf = (name: string) => fileURLToPath(new URL(name, import.meta.url));
/** Clients that read many handshakes from their input. */
const byProgram =
  (
    command: () => Promise<readonly [string, ...string[]]>,
    program: string,
    nameOf: (suite: TlsSuite) => string,
    separator: string,
  ): TlsClient["shake"] =>
  async ({ port, authorityFile }, handshakes) => {
    const [name, ...flags] = await command();
    const lines = await askProgram(
      name,
      [...flags, fileOf(program), String(port), authorityFile],
      handshakes.map(({ host, version, suites }) =>
        [host, version, suites.map(nameOf).join(separator)].join("\t"),
      ),
    );
    return lines.map((line) => {
      const [version = "", rest = ""] = line.split("\t");
      return version === "failed" ? failedBy(rest) : agreed(version, rest);
    });
  };

const java = byProgram(
  async () => {
    await javaInstalled();
    // It compiles its source first, and lives for a second: half as much processor time.
    return ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"];
  },
  "./TlsClients.java",
  ({ name }) => name,
  ",",
);
const python = byProgram(
  async () => [(await onPath("python3")) ?? "python3"],
  "./tls-clients.py",
  ({ openSsl: name }) => name,
  ":",
);

/** Clients that users have, each with its own ways to offer versions and suites. */
export const TLS_CLIENTS: readonly TlsClient[] = [
  { name: "openssl s_client", choosesOf13: true, shake: openSsl },
  { name: "curl", choosesOf13: true, shake: curl },
  { name: "Node.js", choosesOf13: true, shake: node },
  { name: "Java", choosesOf13: true, shake: java },
  { name: "Python", choosesOf13: false, shake: python },
];
