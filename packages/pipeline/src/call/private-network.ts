/** PrivateNetwork is how a call came that did not come from the Internet. */
export interface PrivateNetwork {
  /** The VPC endpoint that it came through: vpce-0a1b2c3d; undefined: not known. */
  readonly vpcEndpointId: string | undefined;
}
