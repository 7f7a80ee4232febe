/** What kept a connection from being made, by what gRPC says of it, and what to do about it. The first that fits is shown. */
const CAUSES: readonly { readonly sign: RegExp; readonly cause: string; readonly remedy: string }[] = [
  {
    sign: /Name resolution failed/,
    cause: "its name cannot be resolved",
    remedy: "Check the address of --endpoint or TOLLGATE_ENDPOINT.",
  },
  {
    sign: /wrong version number/,
    cause: "it does not use TLS, but TOLLGATE_TLS_CA or TOLLGATE_TLS_CERT is set",
    remedy: "Unset them, or start it with TOLLGATE_TLS_CERT and TOLLGATE_TLS_KEY.",
  },
  {
    sign: /certificate required|handshake failure|bad certificate|unknown ca/i,
    cause: "it requires a client certificate that its authority has signed",
    remedy: "Set TOLLGATE_TLS_CERT and TOLLGATE_TLS_KEY.",
  },
  {
    sign: /does not match certificate's altnames|altnames/,
    cause: "its certificate is for another name",
    remedy: "Use a name of the certificate as the address, or a certificate that contains this one.",
  },
  {
    sign: /certificate has expired/,
    cause: "its certificate has expired",
    remedy: "Replace it.",
  },
  {
    sign: /unable to verify|self[- ]signed|issuer certificate/,
    cause: "no authority that this machine trusts has signed its certificate",
    remedy: "Set TOLLGATE_TLS_CA to the file of the authority that did.",
  },
  {
    sign: /ECONNREFUSED/,
    cause: "nothing listens there",
    remedy: "Is it running? Start it with 'npm start', or set its address with --endpoint.",
  },
  {
    sign: /ETIMEDOUT|EHOSTUNREACH|ENETUNREACH/,
    cause: "there is no way to that address",
    remedy: "Check the address of --endpoint or TOLLGATE_ENDPOINT, and the network.",
  },
];

/** A connection that was closed before anything was said. */
const CLOSED = {
  cause: "it closed the connection at once",
  withTls: "It may not accept the client certificate of TOLLGATE_TLS_CERT, or not be Tollgate.",
  plaintext:
    "It may require TLS: set TOLLGATE_TLS_CA to the file of the authority that signed its certificate.",
};

/** What gRPC says if it had no connection at all; everything else was said by the server. */
const NO_CONNECTION = /^(No connection established|Name resolution failed)/;

/** explainUnreachable explains why a call failed with UNAVAILABLE: the words of the server, or why there is no connection to it. */
export function explainUnreachable(details: string, { isTls }: { readonly isTls: boolean }): string {
  if (!NO_CONNECTION.test(details)) return details;
  const found = CAUSES.find(({ sign }) => sign.test(details));
  const { cause, remedy } = found ?? {
    cause: CLOSED.cause,
    remedy: isTls ? CLOSED.withTls : CLOSED.plaintext,
  };
  const said = details.replace(/^.*Last error: (Error: )?/s, "").replace(/\s*\.? Resolution note:.*$/s, "");
  return `cannot reach Tollgate: ${cause} (${said.trim()})\n${remedy}`;
}
