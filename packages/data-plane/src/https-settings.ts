import { type Read, readServerTls, type ServerTls, type SettingsProblem, setting } from "@tollgate/telemetry";

/** A name of a certificate: a host name, or *. and one. */
const CERTIFICATE_NAME =
  /^(?=.{1,253}$)(?:\*\.)?(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;

/** HttpsSettings are how a node serves HTTPS. */
export interface HttpsSettings {
  /** 0 selects a free port. */
  readonly port: number;
  /** The certificate of names that have none of their own; undefined: one of the internal authority. */
  readonly certificate: ServerTls | undefined;
  /** What that one is valid for besides the names of this machine. */
  readonly names: readonly string[];
  /** Where calls without TLS are sent; 0: to `port`; undefined: they are not. */
  readonly redirectPort: number | undefined;
}

/** readHttps reads what listens with TLS, and whether anything listens without. `https` undefined: nothing listens with TLS. */
export function readHttps(read: Read): {
  readonly isHttpServed: boolean;
  readonly https: HttpsSettings | undefined;
  readonly problems: readonly SettingsProblem[];
} {
  const http = read("TOLLGATE_HTTP", setting.oneOf(["serve", "redirect", "off"], "serve"));
  const isHttpsServed = read("TOLLGATE_HTTPS", setting.oneOf(["serve", "off"], "serve")) === "serve";
  const port = read("TOLLGATE_HTTPS_PORT", setting.port(8443));
  const redirectPort = read("TOLLGATE_HTTPS_REDIRECT_PORT", setting.port(0));
  const names = read("TOLLGATE_HTTPS_NAMES", setting.list());
  const { tls: certificate, problems: certificateProblems } = readServerTls(read, "TOLLGATE_HTTPS");
  const problems = [...certificateProblems];
  for (const name of names)
    if (!CERTIFICATE_NAME.test(name))
      problems.push({
        name: "TOLLGATE_HTTPS_NAMES",
        message: `'${name}' must be a host name such as api.example.com or *.execute-api.example.com; several are separated by commas`,
      });
  if (names.length > 0 && certificate)
    problems.push({
      name: "TOLLGATE_HTTPS_NAMES",
      message: "is set together with TOLLGATE_HTTPS_CERT, a certificate that has its names already",
    });
  if (!isHttpsServed && http !== "serve")
    problems.push({
      name: "TOLLGATE_HTTP",
      message: `is ${http} and TOLLGATE_HTTPS is off: no call would be served`,
    });
  return {
    isHttpServed: http !== "off",
    https: isHttpsServed
      ? { port, certificate, names, redirectPort: http === "redirect" ? redirectPort : undefined }
      : undefined,
    problems,
  };
}
