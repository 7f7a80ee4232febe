import type { SegmentDocument } from "@tollgate/telemetry";
import { annotationsIn, durationOf, partsOf, rootOf, rounded, spanOf, type Trace } from "./trace.ts";

/** ServiceId names a service of a trace, as X-Ray does. */
export interface ServiceId {
  readonly Name: string;
  readonly Names: readonly string[];
  readonly AccountId?: string;
  readonly Type?: string;
}

const accountOf = ({ aws }: SegmentDocument): string | undefined => {
  const gateway = aws?.api_gateway as { readonly account_id?: string } | undefined;
  return gateway?.account_id ?? (aws?.account_id as string | undefined);
};

/** serviceOf is the service that wrote a segment. */
export function serviceOf(document: SegmentDocument): ServiceId {
  const { name, origin } = document;
  const account = accountOf(document);
  return {
    Name: name,
    Names: [name],
    ...(account === undefined ? {} : { AccountId: account }),
    ...(origin === undefined ? {} : { Type: origin }),
  };
}

const hasAny = (trace: Trace, member: "fault" | "error" | "throttle"): boolean =>
  trace.segments.some(({ document }) => document[member] === true);

const valueOf = (value: string | number | boolean) => {
  if (typeof value === "number") return { NumberValue: value };
  return typeof value === "boolean" ? { BooleanValue: value } : { StringValue: value };
};

function annotationsOf({ segments }: Trace): Record<string, object[]> {
  const found = segments.flatMap(({ document }) =>
    [...partsOf(document)].flatMap((part) =>
      annotationsIn(part).map(([key, value]) => ({
        key,
        shown: { AnnotationValue: valueOf(value), ServiceIds: [serviceOf(document)] },
      })),
    ),
  );
  return Object.fromEntries(
    [...Map.groupBy(found, ({ key }) => key)].map(([key, all]) => [key, all.map(({ shown }) => shown)]),
  );
}

const distinct = <T>(values: readonly T[]): T[] => [
  ...new Map(values.map((value) => [JSON.stringify(value), value])).values(),
];

/** summaryOf is a trace as GetTraceSummaries lists it (X-Ray API reference, TraceSummary). `isIncomplete`: segments of its time cannot be read. */
export function summaryOf(trace: Trace, isIncomplete = false) {
  const { start, end } = spanOf(trace);
  const root = rootOf(trace);
  const responseTime = durationOf(root);
  const { request, response } = root.http ?? {};
  const documents = trace.segments.map(({ document }) => document);
  return {
    Id: trace.id,
    StartTime: start,
    Duration: rounded(end - start),
    ...(responseTime === undefined ? {} : { ResponseTime: rounded(responseTime) }),
    HasFault: hasAny(trace, "fault"),
    HasError: hasAny(trace, "error"),
    HasThrottle: hasAny(trace, "throttle"),
    IsPartial: isIncomplete || documents.some(({ end_time }) => end_time === undefined),
    Http: {
      ...(request?.url === undefined ? {} : { HttpURL: request.url }),
      ...(response?.status === undefined ? {} : { HttpStatus: response.status }),
      ...(request?.method === undefined ? {} : { HttpMethod: request.method }),
      ...(request?.user_agent === undefined ? {} : { UserAgent: request.user_agent }),
      ...(request?.client_ip === undefined ? {} : { ClientIp: request.client_ip }),
    },
    Annotations: annotationsOf(trace),
    Users: documents.flatMap(({ user }) =>
      user === undefined ? [] : [{ UserName: user, ServiceIds: [serviceOf(root)] }],
    ),
    ServiceIds: distinct(documents.map(serviceOf)),
    ResourceARNs: distinct(
      documents.flatMap(({ resource_arn: ARN }) => (ARN === undefined ? [] : [{ ARN }])),
    ),
    EntryPoint: serviceOf(root),
    Revision: trace.segments.length,
    MatchedEventTime: start,
  };
}

export type TraceSummary = ReturnType<typeof summaryOf>;
