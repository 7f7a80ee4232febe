import { readFileSync } from "node:fs";
import * as grpc from "@grpc/grpc-js";

/** TlsFiles are PEM files: the certificate of this process with its key, and the authorities that vouch for those of others. */
export interface TlsFiles {
  readonly certificate: string | undefined;
  readonly key: string | undefined;
  readonly authorities: string | undefined;
}

const read = (file: string | undefined) => (file === undefined ? null : readFileSync(file));

/** serverCredentials of TLS files: with authorities every client must show a certificate of theirs. undefined: plaintext. */
export function serverCredentials(tls: TlsFiles | undefined): grpc.ServerCredentials {
  if (!tls) return grpc.ServerCredentials.createInsecure();
  const [certificate, key, authorities] = [read(tls.certificate), read(tls.key), read(tls.authorities)];
  if (!certificate || !key) throw new Error("a server needs a certificate and its key");
  return grpc.ServerCredentials.createSsl(
    authorities,
    [{ cert_chain: certificate, private_key: key }],
    authorities !== null,
  );
}

/** clientCredentials of TLS files. undefined: plaintext. */
export const clientCredentials = (tls: TlsFiles | undefined): grpc.ChannelCredentials =>
  tls
    ? grpc.credentials.createSsl(read(tls.authorities), read(tls.key), read(tls.certificate))
    : grpc.credentials.createInsecure();
