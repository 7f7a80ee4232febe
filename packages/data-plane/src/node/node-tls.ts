import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { createSecureContext } from "node:tls";
import type { Authority } from "@tollgate/certificates";
import { type Logger, openStateFolder, type ServerTls, watchFiles } from "@tollgate/telemetry";
import type { HttpsSettings } from "../https-settings.ts";
import type { TlsMaterial } from "../listener/tls-material.ts";
import type { DataPlaneSettings } from "../settings.ts";

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;
/** A ticket is of use for no longer; and whoever learns a key can read no more than that. */
const TICKET_KEY_MS = 12 * HOUR_MS;
const TICKET_KEY_BYTES = 48;
/** A certificate of the internal authority is replaced when a third of its life is over. */
const VALID_MS = 90 * DAY_MS;
const RENEW_MS = 30 * DAY_MS;

/** The part of a material that is a certificate. */
type Presented = Pick<TlsMaterial, "certificate" | "privateKey">;

export interface NodeTlsOptions {
  readonly settings: HttpsSettings;
  /** The state directory: its authority is the one of all processes that use it. */
  readonly home: string;
  /** The region that hosts of AWS's form name. */
  readonly region: string;
  /** Gets what replaces `material`. */
  readonly onChange: (material: TlsMaterial) => void;
  readonly logger: Logger;
}

/** NodeTls is what a node serves HTTPS with. */
export interface NodeTls extends Disposable {
  readonly material: TlsMaterial;
}

/** The names that a node has without being told: those of this machine, and APIs by their hosts. */
const ownNames = (region: string, more: readonly string[]): [string, ...string[]] => {
  const machine = hostname();
  const names = new Set([
    "localhost",
    ...(/^[A-Za-z0-9.-]+$/.test(machine) ? [machine] : []),
    "*.localhost",
    "*.execute-api.localhost",
    `*.execute-api.${region}.amazonaws.com`,
    ...more,
    "127.0.0.1",
    "::1",
  ]);
  return [...names] as [string, ...string[]];
};

/** Throws while the two do not belong together, as when one of them has been replaced: a worker that got them could not serve. */
function readFiles({ certificate, key }: ServerTls): Presented {
  const presented = { certificate: readFileSync(certificate, "utf8"), privateKey: readFileSync(key, "utf8") };
  try {
    createSecureContext({ cert: presented.certificate, key: presented.privateKey });
  } catch (cause) {
    const reason = (cause as Error).message;
    throw new Error(
      `${certificate} and ${key} cannot be used as a certificate and its private key: ${reason}`,
      { cause },
    );
  }
  return presented;
}

const issue = async (authority: Authority, names: [string, ...string[]]): Promise<Presented> => {
  const { certificate, privateKey } = await authority.issue({ names, validMs: VALID_MS });
  return { certificate, privateKey };
};

/**
 * openNodeTls has the certificate of names that have none of their own: of files, which are read again when they have changed, or of the internal
 * authority, which issues another one in time. The keys of tickets are replaced twice a day.
 */
export async function openNodeTls({
  settings: { certificate: files, names: more },
  home,
  region,
  onChange,
  logger,
}: NodeTlsOptions): Promise<NodeTls> {
  const scope = new DisposableStack();
  let current: TlsMaterial;
  const change = (part: Partial<TlsMaterial>) => onChange((current = { ...current, ...part }));
  const ticketKeys = () => randomBytes(TICKET_KEY_BYTES);
  if (files) {
    current = { ...readFiles(files), ticketKeys: ticketKeys() };
    scope.use(watchFiles([files.certificate, files.key], () => change(readFiles(files))));
  } else {
    openStateFolder(home, "certificates");
    // A node with files of its own does without all of X.509.
    const { openAuthority } = await import("@tollgate/certificates");
    const authority = await openAuthority(join(home, "certificates"));
    const names = ownNames(region, more);
    current = { ...(await issue(authority, names)), ticketKeys: ticketKeys() };
    let issuedMs = Date.now();
    const renew = async () => {
      if (Date.now() - issuedMs < RENEW_MS) return;
      change(await issue(authority, names));
      issuedMs = Date.now();
    };
    const report = (error: unknown) =>
      logger.error({ err: error }, "the certificate of this node could not be renewed");
    scope.adopt(setInterval(() => void renew().catch(report), DAY_MS).unref(), clearInterval);
  }
  scope.adopt(setInterval(() => change({ ticketKeys: ticketKeys() }), TICKET_KEY_MS).unref(), clearInterval);
  return {
    get material() {
      return current;
    },
    [Symbol.dispose]: () => scope.dispose(),
  };
}

/** openTls is what HTTPS is served with; undefined: it is not served. */
export async function openTls(
  scope: AsyncDisposableStack,
  { https, home, upstreams: { region } }: DataPlaneSettings,
  onChange: (material: TlsMaterial) => void,
  logger: Logger,
): Promise<NodeTls | undefined> {
  return https && scope.use(await openNodeTls({ settings: https, home, region, onChange, logger }));
}
