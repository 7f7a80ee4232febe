import { isIP } from "node:net";
import { checkServerIdentity } from "node:tls";
import * as grpc from "@grpc/grpc-js";
import { type TlsFiles, TlsProvider } from "./tls-files.ts";

export type { TlsFiles } from "./tls-files.ts";

const { createCertificateProviderChannelCredentials, createCertificateProviderServerCredentials } =
  grpc.experimental;

/**
 * serverCredentials creates credentials from TLS files, which are read again when they change: with authorities, every client must present a
 * certificate signed by them. undefined: plaintext.
 */
export function serverCredentials(tls: TlsFiles | undefined): grpc.ServerCredentials {
  if (!tls) return grpc.ServerCredentials.createInsecure();
  if (!tls.certificate || !tls.key) throw new Error("a server needs a certificate and its key");
  const provider = new TlsProvider(tls);
  const isMutual = tls.authorities !== undefined;
  // The declaration of grpc-js 1.14.7 names the first two the other way round.
  return createCertificateProviderServerCredentials(provider, isMutual ? provider : null, isMutual);
}

/** ClientTls is how a client connects to an address. */
export interface ClientTls {
  readonly credentials: grpc.ChannelCredentials;
  readonly options: grpc.ChannelOptions;
}

/**
 * clientTls creates the TLS options of a client; its files are read again when they change. The certificate must be valid for `serverName`, or for
 * the host of the address. undefined: plaintext.
 */
export function clientTls(address: string, tls: TlsFiles | undefined, serverName?: string): ClientTls {
  if (!tls) return { credentials: grpc.credentials.createInsecure(), options: {} };
  const provider = new TlsProvider(tls);
  const identity = tls.certificate === undefined ? null : provider;
  const create = (options: grpc.VerifyOptions) =>
    createCertificateProviderChannelCredentials(provider, identity, options);
  const host = address.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
  const verified = serverName ?? host;
  if (verified === host && isIP(host) === 0) return { credentials: create({}), options: {} };
  // TLS server names cannot be IP addresses.
  const sent = isIP(verified) === 0 ? verified : "localhost";
  return {
    credentials: create({
      checkServerIdentity: (_name, certificate) => checkServerIdentity(verified, certificate),
    }),
    options: { "grpc.ssl_target_name_override": sent, "grpc.default_authority": sent },
  };
}
