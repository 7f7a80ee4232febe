import type { WireRequest } from "@tollgate/aws-api";

/** HttpCall is one call over HTTP, read whole. */
export interface HttpCall extends WireRequest {
  readonly sourceIp: string;
  readonly userAgent: string;
}
