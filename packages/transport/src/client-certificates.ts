import { X509Certificate } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createSecureContext } from "node:tls";

/** ClientCertificate is the certificate that the gateway presents to an upstream, in PEM. */
export interface ClientCertificate {
  readonly certificate: string;
  readonly privateKey: string;
}

const CERTIFICATE = "tls.crt";
const PRIVATE_KEY = "tls.key";
/** Replaced files are used for connections that begin so long after. */
const FRESH_MS = 2_000;

export interface ClientCertificatesOptions {
  /** TOLLGATE_CLIENT_CERTIFICATES: {id}/tls.crt and {id}/tls.key of each; undefined: there are none. */
  readonly folder: string | undefined;
  readonly nowMs: () => number;
  /** Hears of files that cannot be used, once for each state of them. */
  readonly report: (message: string) => void;
}

interface Known {
  readonly files: ClientCertificate;
  checkedMs: number;
  /** Why what replaced them is not used. */
  refused: string | undefined;
}

/**
 * ClientCertificates are read from their files, and again when these have been replaced: the next connections present what is there now. While one file
 * is replaced and the other is not, or what replaced them cannot be used, those that were read before are.
 */
export class ClientCertificates {
  readonly #options: ClientCertificatesOptions;
  readonly #known = new Map<string, Known>();

  constructor(options: ClientCertificatesOptions) {
    this.#options = options;
  }

  /** get is the same object until the files have changed. Throws if there are no files that can be used, and never have been. */
  get(id: string): ClientCertificate {
    const nowMs = this.#options.nowMs();
    const known = this.#known.get(id);
    if (known && nowMs - known.checkedMs < FRESH_MS) return known.files;
    if (known) return this.#refreshed(id, known, nowMs);
    const files = this.#read(id);
    this.#known.set(id, { files, checkedMs: nowMs, refused: undefined });
    return files;
  }

  #refreshed(id: string, known: Known, nowMs: number): ClientCertificate {
    known.checkedMs = nowMs;
    try {
      const files = this.#read(id);
      const { certificate, privateKey } = known.files;
      if (files.certificate === certificate && files.privateKey === privateKey) {
        known.refused = undefined;
        return known.files;
      }
      createSecureContext({ cert: files.certificate, key: files.privateKey });
      this.#known.set(id, { files, checkedMs: nowMs, refused: undefined });
      return files;
    } catch (error) {
      const { message } = error as Error;
      if (message !== known.refused)
        this.#options.report(
          `client certificate '${id}' is used as it was: what replaced it cannot be: ${message}`,
        );
      known.refused = message;
      return known.files;
    }
  }

  #read(id: string): ClientCertificate {
    const { folder } = this.#options;
    if (folder === undefined)
      throw new Error(`client certificate '${id}' is required, but TOLLGATE_CLIENT_CERTIFICATES is not set`);
    const read = (name: string) => readFileSync(join(folder, id, name), "utf8");
    return { certificate: read(CERTIFICATE), privateKey: read(PRIVATE_KEY) };
  }
}

/** When a certificate ends, of a file; undefined: it cannot be read. */
function endOf(file: string): number | undefined {
  try {
    return new X509Certificate(readFileSync(file)).validToDate.getTime();
  } catch {
    return undefined;
  }
}

/** clientCertificatesEnd is when the first of the client certificates in a folder ends, in milliseconds since 1970; undefined: there are none. */
export function clientCertificatesEnd(folder: string): number | undefined {
  let names: readonly string[];
  try {
    names = readdirSync(folder);
  } catch {
    return undefined; // it is not there yet
  }
  const ends = names.flatMap((name) => endOf(join(folder, name, CERTIFICATE)) ?? []);
  return ends.length === 0 ? undefined : Math.min(...ends);
}
