import { readFileSync } from "node:fs";
import { createSecureContext, getCACertificates } from "node:tls";
import type { experimental } from "@grpc/grpc-js";

/** TlsFiles are PEM files: the certificate of this process with its key, and the authorities that sign the certificates of its peers. */
export interface TlsFiles {
  readonly certificate: string | undefined;
  readonly key: string | undefined;
  readonly authorities: string | undefined;
}

/** How soon a changed file is used by new connections. */
const CHECK_MS = 2_000;

interface TlsContent {
  readonly authorities: Buffer | undefined;
  readonly identity: experimental.IdentityCertificateUpdate | undefined;
}

function readContent({ authorities, certificate, key }: TlsFiles): TlsContent {
  const read = (file: string | undefined) => (file === undefined ? undefined : readFileSync(file));
  const [ca, cert, privateKey] = [read(authorities), read(certificate), read(key)];
  // Throws if the certificate and the key do not belong together, as while one of the files is replaced.
  createSecureContext({ ...(ca && { ca }), ...(cert && { cert, key: privateKey as Buffer }) });
  return { authorities: ca, identity: cert && privateKey && { certificate: cert, privateKey } };
}

const sameBytes = (one: Buffer | undefined, other: Buffer | undefined): boolean =>
  one === undefined || other === undefined ? one === other : one.equals(other);

const isSame = (one: TlsContent, other: TlsContent): boolean =>
  sameBytes(one.authorities, other.authorities) &&
  sameBytes(one.identity?.certificate, other.identity?.certificate) &&
  sameBytes(one.identity?.privateKey, other.identity?.privateKey);

/**
 * TlsProvider gives grpc-js the content of TLS files, and again whenever it has changed: new connections use it, and those that exist stay.
 * Files that cannot be used, as while they are replaced, change nothing. Unlike FileWatcherCertificateProvider of grpc-js, which refuses
 * connections then.
 */
export class TlsProvider implements experimental.CertificateProvider {
  readonly #files: TlsFiles;
  readonly #caListeners = new Set<experimental.CaCertificateUpdateListener>();
  readonly #identityListeners = new Set<experimental.IdentityCertificateUpdateListener>();
  #content: TlsContent;
  #checking: NodeJS.Timeout | undefined;

  /** Throws if the files cannot be used. */
  constructor(files: TlsFiles) {
    this.#files = files;
    this.#content = readContent(files);
  }

  get #authorities(): experimental.CaCertificateUpdate {
    return {
      caCertificate: this.#content.authorities ?? Buffer.from(getCACertificates("default").join("\n")),
    };
  }

  #check(): void {
    try {
      const content = readContent(this.#files);
      if (isSame(content, this.#content)) return;
      this.#content = content;
    } catch {
      return; // What was read last is used on.
    }
    for (const listener of this.#caListeners) listener(this.#authorities);
    for (const listener of this.#identityListeners) listener(this.#content.identity ?? null);
  }

  #watch(): void {
    const isUsed = this.#caListeners.size + this.#identityListeners.size > 0;
    if (isUsed) {
      this.#check();
      this.#checking ??= setInterval(() => this.#check(), CHECK_MS).unref();
      return;
    }
    clearInterval(this.#checking);
    this.#checking = undefined;
  }

  addCaCertificateListener(listener: experimental.CaCertificateUpdateListener): void {
    this.#caListeners.add(listener);
    this.#watch();
    process.nextTick(() => listener(this.#authorities));
  }

  removeCaCertificateListener(listener: experimental.CaCertificateUpdateListener): void {
    this.#caListeners.delete(listener);
    this.#watch();
  }

  addIdentityCertificateListener(listener: experimental.IdentityCertificateUpdateListener): void {
    this.#identityListeners.add(listener);
    this.#watch();
    process.nextTick(() => listener(this.#content.identity ?? null));
  }

  removeIdentityCertificateListener(listener: experimental.IdentityCertificateUpdateListener): void {
    this.#identityListeners.delete(listener);
    this.#watch();
  }
}
