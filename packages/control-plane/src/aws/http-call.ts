import type { WireRequest } from "@tollgate/aws-api";

/** HttpCall is one HTTP request with its complete body. */
export interface HttpCall extends WireRequest {
  readonly sourceIp: string;
  readonly userAgent: string;
}
