/** TlsSession is what the TLS of a call's connection says of it. One object for all calls of a connection. */
export interface TlsSession {
  /** The name that the client asked for (SNI), in lower case; empty: none. */
  readonly serverName: string;
  /** As OpenSSL names it: TLSv1.3. */
  readonly version: string;
  readonly cipherSuite: string;
  /** The custom domain whose certificate it got; undefined: that of the node. */
  readonly domainName: string | undefined;
  /** The account that had the domain when the connection was made; undefined: none. */
  readonly domainOwner: string | undefined;
  /** What the client showed, where the truststore of the domain has its chain; undefined: none that is trusted. */
  readonly clientCertificate: ClientCertificate | undefined;
}

/** ClientCertificate is the certificate of a caller, as $context.identity.clientCert shows it. */
export interface ClientCertificate {
  readonly clientCertPem: string;
  /** The last part first: CN=shop,O=Example (RFC 2253). */
  readonly subjectDN: string;
  readonly issuerDN: string;
  /** Bytes in hexadecimal: a1:0b. */
  readonly serialNumber: string;
  /** As OpenSSL prints them: May 28 12:30:02 2019 GMT. */
  readonly validity: { readonly notBefore: string; readonly notAfter: string };
}
