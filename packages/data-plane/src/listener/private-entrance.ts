/** PrivateEntrance is where private networks reach a listener. */
export interface PrivateEntrance {
  /** Without TLS; undefined: not. 0 selects a free port. */
  readonly httpPort: number | undefined;
  /** With TLS, where that is served; undefined: not. */
  readonly httpsPort: number | undefined;
  /** The VPC endpoint that clients come through whose connection does not name one; undefined: not known. */
  readonly vpcEndpointId: string | undefined;
  /** Networks of proxies that begin each connection with a header of the PROXY protocol; undefined: there are none. */
  readonly proxies: readonly string[] | undefined;
}
