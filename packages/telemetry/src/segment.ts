/**
 * Segments as AWS X-Ray has them (X-Ray developer guide, "Segment documents"). Times are in seconds since 1970, ids 16 hex digits, trace ids
 * "1-{8 hex}-{24 hex}".
 */

export interface SegmentHttp {
  readonly request?: {
    readonly method?: string;
    readonly url?: string;
    readonly user_agent?: string;
    readonly client_ip?: string;
    readonly x_forwarded_for?: boolean;
  };
  readonly response?: { readonly status?: number; readonly content_length?: number };
}

/** SegmentPart is what segments and subsegments have in common. */
export interface SegmentPart {
  readonly id: string;
  readonly name: string;
  readonly start_time: number;
  /** Left out while it is in progress. */
  readonly end_time?: number;
  readonly in_progress?: boolean;
  readonly http?: SegmentHttp;
  readonly aws?: Readonly<Record<string, unknown>>;
  /** A response with a status of 4xx; of 429; of 5xx. */
  readonly error?: boolean;
  readonly throttle?: boolean;
  readonly fault?: boolean;
  readonly annotations?: Readonly<Record<string, string | number | boolean>>;
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly subsegments?: readonly SubsegmentDocument[];
}

export interface SubsegmentDocument extends SegmentPart {
  /** "aws" for its services, "remote" for other servers. */
  readonly namespace?: string;
}

export interface SegmentDocument extends SegmentPart {
  readonly trace_id: string;
  readonly parent_id?: string;
  /** What wrote it, such as AWS::ApiGateway::Stage. */
  readonly origin?: string;
  readonly resource_arn?: string;
  readonly user?: string;
  /** "subsegment" where it was sent alone. */
  readonly type?: string;
  readonly namespace?: string;
}

/** TRACE_GROUP is the log group of segments, named as that of X-Ray's own ("Transaction Search"). */
export const TRACE_GROUP = "aws/spans";

/** outcomeOf are the members that a status sets. */
export const outcomeOf = (status: number): Pick<SegmentPart, "error" | "throttle" | "fault"> => {
  if (status >= 500) return { fault: true };
  if (status === 429) return { error: true, throttle: true };
  return status >= 400 ? { error: true } : {};
};
