import { readFileSync } from "node:fs";
import { isIPv4 } from "node:net";
import { createSecureContext } from "node:tls";
import type { ServerTls } from "./http-server.ts";
import { readSecret, type Secret } from "./secret-setting.ts";
import { type Read, type SettingsProblem, setting } from "./settings.ts";

/** Roles of callers of gRPC. */
const ACCESS_ROLES = ["admin", "deployer", "viewer", "node"] as const;
export type AccessRole = (typeof ACCESS_ROLES)[number];

/** AccessToken is a bearer token, and who uses it. */
export interface AccessToken {
  readonly token: string;
  /** The caller's name in the audit log. */
  readonly name: string;
  readonly roles: readonly AccessRole[];
}

/** TlsFiles are PEM files: the certificate of this process with its key, and the authorities that sign the certificates of its peers. */
export interface TlsFiles {
  readonly certificate: string | undefined;
  readonly key: string | undefined;
  readonly authorities: string | undefined;
}

/** Access defines who may call a process's gRPC port, and how. */
export interface Access {
  /** undefined: callers are not authenticated, which is allowed on loopback only. */
  readonly tokens: (() => readonly AccessToken[]) | undefined;
  /** The token that this process sends with its own calls. */
  readonly token: (() => string) | undefined;
  /** undefined: plaintext. */
  readonly tls: TlsFiles | undefined;
  readonly problems: readonly SettingsProblem[];
}

/** Reached is an address that listens, or is called, and the setting that says so. */
export type Reached = readonly [settingName: string, host: string];

/** isLoopback: a name such as 127.example.com is no loopback address. */
export const isLoopback = (host: string): boolean => {
  const plain = host.replace(/^\[(.*)\]$/, "$1");
  return plain === "localhost" || plain === "::1" || (isIPv4(plain) && plain.startsWith("127."));
};

/** allowsClear reads whether secrets may leave this machine in the clear, because the network itself is encrypted or trusted. */
export const allowsClear = (read: Read): boolean =>
  read("TOLLGATE_CLEAR_TOKENS", setting.oneOf(["refuse", "allow"], "refuse")) === "allow";

/** clearTokenProblems: tokens leave this machine only encrypted, unless TOLLGATE_CLEAR_TOKENS allows otherwise. */
export function clearTokenProblems(
  read: Read,
  { hasTokens, tls, reached }: { hasTokens: boolean; tls: TlsFiles | undefined; reached: readonly Reached[] },
): readonly SettingsProblem[] {
  const isAllowed = allowsClear(read);
  const beyond = reached.find(([, host]) => !isLoopback(host));
  if (isAllowed || !hasTokens || tls !== undefined || !beyond) return [];
  return [
    {
      name: "TOLLGATE_CLEAR_TOKENS",
      message: `is refuse, but ${beyond[0]} is ${beyond[1]} and there is no TLS: tokens would go over the network in the clear. Set TOLLGATE_TLS_CERT and TOLLGATE_TLS_KEY, or TOLLGATE_CLEAR_TOKENS=allow where the network itself is encrypted or trusted`,
    },
  ];
}

/** openAccessProblems: whoever reaches this machine over the network must say who they are, with a token or a certificate. */
export function openAccessProblems(
  token: unknown,
  tls: TlsFiles | undefined,
  [name, host]: Reached,
): readonly SettingsProblem[] {
  if (token !== undefined || tls?.authorities !== undefined || isLoopback(host)) return [];
  return [
    {
      name,
      message: `is ${host}, but callers are not authenticated, which is allowed on loopback only: set TOLLGATE_TOKEN or TOLLGATE_TLS_CA`,
    },
  ];
}

const isRole = (role: string): role is AccessRole => (ACCESS_ROLES as readonly string[]).includes(role);

/** readTls reads TOLLGATE_TLS_CERT, TOLLGATE_TLS_KEY and TOLLGATE_TLS_CA, the same way for servers and clients. */
export function readTls(read: Read): {
  readonly tls: TlsFiles | undefined;
  readonly problems: readonly SettingsProblem[];
} {
  const certificate = read("TOLLGATE_TLS_CERT", setting.optionalText());
  const key = read("TOLLGATE_TLS_KEY", setting.optionalText());
  const authorities = read("TOLLGATE_TLS_CA", setting.optionalText());
  const isHalf = (certificate === undefined) !== (key === undefined);
  return {
    tls:
      certificate === undefined && authorities === undefined ? undefined : { certificate, key, authorities },
    problems: isHalf
      ? [
          {
            name: certificate === undefined ? "TOLLGATE_TLS_CERT" : "TOLLGATE_TLS_KEY",
            message: "is not set: TOLLGATE_TLS_CERT and TOLLGATE_TLS_KEY must be set together",
          },
        ]
      : [],
  };
}

/** readServerTls reads the certificate and the key of an HTTP port: {prefix}_CERT and {prefix}_KEY. undefined: plaintext. */
export function readServerTls(
  read: Read,
  prefix: string,
): { readonly tls: ServerTls | undefined; readonly problems: readonly SettingsProblem[] } {
  const certificate = read(`${prefix}_CERT`, setting.optionalText());
  const key = read(`${prefix}_KEY`, setting.optionalText());
  if (certificate === undefined && key === undefined) return { tls: undefined, problems: [] };
  if (certificate === undefined || key === undefined) {
    const name = certificate === undefined ? `${prefix}_CERT` : `${prefix}_KEY`;
    return {
      tls: undefined,
      problems: [{ name, message: `is not set: ${prefix}_CERT and ${prefix}_KEY must be set together` }],
    };
  }
  try {
    createSecureContext({ cert: readFileSync(certificate), key: readFileSync(key) });
    return { tls: { certificate, key }, problems: [] };
  } catch (error) {
    const message = `'${certificate}' and ${prefix}_KEY '${key}' cannot be used: ${(error as Error).message}`;
    return { tls: undefined, problems: [{ name: `${prefix}_CERT`, message }] };
  }
}

/** TOLLGATE_TOKENS: role:token or role/name:token, with commas or line feeds between them. The string is what is wrong. */
function parseTokens(text: string): readonly AccessToken[] | string {
  const entries = text
    .split(/[,\n]/)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
  const tokens: AccessToken[] = [];
  for (const [i, entry] of entries.entries()) {
    const [, role = "", name = "", token = ""] =
      /^([a-z]+)(?:\/([\w.@-]{1,64}))?:(\S{16,})$/.exec(entry) ?? [];
    // The entry itself is not shown: it is a secret.
    if (!isRole(role))
      return `entry ${i + 1} must be {role}:{token} or {role}/{name}:{token} with a role of ${ACCESS_ROLES.join(", ")} and a token of at least 16 characters`;
    tokens.push({ token, name: name || role, roles: [role] });
  }
  return tokens;
}

const tokensIn = (text: string): readonly AccessToken[] => {
  const tokens = parseTokens(text);
  return typeof tokens === "string" ? [] : tokens;
};

const tokensProblem = (text: string): string | undefined => {
  const tokens = parseTokens(text);
  return typeof tokens === "string" ? tokens : undefined;
};

/** The tokens as they are now, made again only if one of the texts is another one. */
function currentTokens(own: OwnTokens | undefined, others: Secret | undefined): () => readonly AccessToken[] {
  let texts: readonly unknown[] = [];
  let tokens: readonly AccessToken[] = [];
  return () => {
    const [mine, more] = [own?.accepted(), others?.current()];
    if (mine === texts[0] && more === texts[1]) return tokens;
    texts = [mine, more];
    tokens = [
      ...(mine ?? []).map((token) => ({ token, name: "operator", roles: ["admin", "node"] }) as const),
      ...tokensIn(more ?? ""),
    ];
    return tokens;
  };
}

/** OwnTokens are those of TOLLGATE_TOKEN, as they are now: one, or one a line while it is replaced. */
export interface OwnTokens {
  /** The first: a process sends it with its calls. */
  sent(): string;
  /** All: servers take each of them. The same array until one of them changes. */
  accepted(): readonly string[];
}

/** Of files that were written on any system. */
const LINE_END = /\r?\n/;

/** readToken reads TOLLGATE_TOKEN or TOLLGATE_TOKEN_FILE. undefined: neither is set. */
export function readToken(read: Read, problems: SettingsProblem[]): OwnTokens | undefined {
  const { secret, problems: more } = readSecret(read, "TOLLGATE_TOKEN", (text) =>
    text.split(LINE_END).every((line) => /^\S+$/.test(line))
      ? undefined
      : "it contains something else than a token, or several, one a line",
  );
  problems.push(...more);
  if (!secret) return undefined;
  let [text, accepted]: [string, readonly string[]] = ["", []];
  const all = () => {
    const now = secret.current();
    if (now !== text) [text, accepted] = [now, now.split(LINE_END)];
    return accepted;
  };
  return { sent: () => all()[0] ?? "", accepted: all };
}

/** readAccess reads TOLLGATE_AUTH, the tokens and the TLS files, the same way for every process that serves gRPC. It sends its own token to peers. */
export function readAccess(read: Read, host: string, peers: readonly Reached[] = []): Access {
  const { tls, problems: tlsProblems } = readTls(read);
  const problems = [...tlsProblems];
  const token = readToken(read, problems);
  const others = readSecret(read, "TOLLGATE_TOKENS", tokensProblem);
  problems.push(...others.problems);
  const auth = read("TOLLGATE_AUTH", setting.oneOf(["iam", "none"], "iam"));
  const tokens = currentTokens(token, others.secret);
  const loopback = isLoopback(host);
  if (auth === "none" && !loopback)
    problems.push({
      name: "TOLLGATE_AUTH",
      message: `is none, which is allowed on loopback only, but TOLLGATE_BIND is ${host}`,
    });
  if (tls && tls.certificate === undefined)
    problems.push({
      name: "TOLLGATE_TLS_CERT",
      message: "is not set: a server needs a certificate besides TOLLGATE_TLS_CA",
    });
  const isMutual = tls?.authorities !== undefined;
  if (auth === "iam" && !token && !others.secret && !isMutual)
    problems.push({
      name: "TOLLGATE_TOKEN",
      message:
        "is not set: with TOLLGATE_AUTH=iam, operators and nodes authenticate with this bearer token, one of TOLLGATE_TOKENS, or a certificate signed by TOLLGATE_TLS_CA (on loopback, TOLLGATE_AUTH=none turns authentication off)",
    });
  const hasTokens = auth === "iam" && (token ?? others.secret) !== undefined;
  problems.push(
    ...clearTokenProblems(read, { hasTokens, tls, reached: [["TOLLGATE_BIND", host], ...peers] }),
  );
  const isOpen = auth === "none";
  return {
    tokens: isOpen ? undefined : tokens,
    // Whoever asks for none may call others that do, such as nodes.
    token: token && (() => token.sent()),
    tls,
    problems,
  };
}
