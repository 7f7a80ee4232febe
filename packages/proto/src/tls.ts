import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { checkServerIdentity } from "node:tls";
import * as grpc from "@grpc/grpc-js";

/** TlsFiles are PEM files: the certificate of this process with its key, and the authorities that sign the certificates of its peers. */
export interface TlsFiles {
  readonly certificate: string | undefined;
  readonly key: string | undefined;
  readonly authorities: string | undefined;
}

const read = (file: string | undefined) => (file === undefined ? null : readFileSync(file));

/** serverCredentials creates credentials from TLS files: with authorities, every client must present a certificate signed by them. undefined: plaintext. */
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

/** ClientTls is how a client connects to an address. */
export interface ClientTls {
  readonly credentials: grpc.ChannelCredentials;
  readonly options: grpc.ChannelOptions;
}

/** clientTls creates the TLS options of a client. undefined: plaintext. */
export function clientTls(address: string, tls: TlsFiles | undefined): ClientTls {
  if (!tls) return { credentials: grpc.credentials.createInsecure(), options: {} };
  const files = [read(tls.authorities), read(tls.key), read(tls.certificate)] as const;
  const ip = address.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
  if (isIP(ip) === 0) return { credentials: grpc.credentials.createSsl(...files), options: {} };
  // TLS server names cannot be IP addresses: for an address, the certificate must contain that address.
  return {
    credentials: grpc.credentials.createSsl(...files, {
      checkServerIdentity: (_name, certificate) => checkServerIdentity(ip, certificate),
    }),
    options: { "grpc.ssl_target_name_override": "localhost", "grpc.default_authority": "localhost" },
  };
}
