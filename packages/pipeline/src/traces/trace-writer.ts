import { LRUCache } from "lru-cache";
import {
  outcomeOf,
  recordSpan,
  type SegmentDocument,
  type SubsegmentDocument,
  TRACE_GROUP,
} from "@tollgate/telemetry";
import type { Call, Route } from "../call/call.ts";
import { fullPath } from "../call/call-paths.ts";
import type { CallTrace, TraceStep, WriteTrace } from "../call/call-trace.ts";
import type { RouteContext } from "../call/route-context.ts";
import type { Ports } from "../engine/ports.ts";
import { stageArnOf } from "./stage-arn.ts";

/** Longer texts are cut: X-Ray allows 250 characters in most members, and 64 KB in a document. */
const TEXT_MAX = 1_000;
const HOSTS_MAX = 1_000;
const LAMBDA_PATH = /^\/[\d-]+\/functions\/([^/]+)\/(?:response-streaming-)?invocations$/;

const cut = (text: string): string => (text.length > TEXT_MAX ? text.slice(0, TEXT_MAX) : text);
const isTimed = ({ endMs }: TraceStep): boolean => endMs > 0;

/** The path of an HTTP integration may be as its caller sent it. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The parts of a function's ARN or name. */
function functionOf(encoded: string) {
  const name = decoded(encoded);
  const [, , , region, , , function_] = name.split(":");
  return { region, name: function_ ?? name };
}

/** Names of upstreams by their origins, each read once. */
const hosts = new LRUCache<string, string>({ max: HOSTS_MAX });

function hostOf(origin: string): string {
  const known = hosts.get(origin);
  if (known !== undefined) return known;
  const host = URL.canParse(origin) ? new URL(origin).host : "Integration";
  hosts.set(origin, host);
  return host;
}

/** What a subsegment is called, and what of AWS it calls. */
function targetOf({ kind, path, origin }: TraceStep, { region: own }: RouteContext) {
  const [, encoded] = LAMBDA_PATH.exec(path) ?? [];
  if (encoded !== undefined) {
    const { name, region = own } = functionOf(encoded);
    return {
      name: "Lambda",
      namespace: "aws",
      aws: { function_name: name, region, operation: "Invoke", resource_names: [name] },
    };
  }
  if (kind === "mapping") return { name: "Mapping" };
  if (kind === "authorizer") return { name: "Authorizer" };
  return { name: hostOf(origin), namespace: "remote" };
}

function subsegmentOf(step: TraceStep, call: Call, context: RouteContext): SubsegmentDocument {
  const secondsAt = (ms: number) => (call.startUnixMs + (ms - call.startMs)) / 1_000;
  const { id, kind, startMs, endMs, origin, path, method, status } = step;
  return {
    id,
    ...targetOf(step, context),
    start_time: secondsAt(startMs),
    end_time: secondsAt(isTimed(step) ? endMs : call.endMs),
    ...(origin === ""
      ? {}
      : {
          http: {
            request: { url: cut(origin + path), ...(method === "" ? {} : { method }) },
            ...(status === 0 ? {} : { response: { status } }),
          },
        }),
    ...outcomeOf(status),
    metadata: { tollgate: { step: kind } },
  };
}

/** segmentOf is the segment of a call that has its response. */
export function segmentOf(
  call: Call,
  trace: CallTrace<Call>,
  { context, resourcePath }: Route,
): SegmentDocument {
  const { accountId, apiId, apiName, stageName, protocol } = context;
  const steps = trace.steps
    .toSorted((a, b) => a.startMs - b.startMs)
    .map((step) => subsegmentOf(step, call, context));
  return {
    id: trace.id,
    name: `${apiName}/${stageName}`,
    trace_id: trace.root,
    ...(trace.parent === undefined ? {} : { parent_id: trace.parent }),
    start_time: call.startUnixMs / 1_000,
    end_time: (call.startUnixMs + (call.endMs - call.startMs)) / 1_000,
    origin: "AWS::ApiGateway::Stage",
    resource_arn: stageArnOf(context),
    http: {
      request: {
        url: cut(`${call.scheme}://${call.host}${fullPath(call)}`),
        method: call.method,
        client_ip: call.sourceIp,
        ...(call.userAgent === "" ? {} : { user_agent: cut(call.userAgent) }),
        x_forwarded_for: true,
      },
      response: { status: call.status, content_length: call.responseBytes },
    },
    aws: {
      api_gateway: {
        account_id: accountId,
        ...(protocol === "REST" ? { rest_api_id: apiId } : { api_id: apiId }),
        stage: stageName,
        request_id: call.requestId,
      },
      ...(trace.rule === "" ? {} : { xray: { sampling_rule_name: trace.rule } }),
    },
    annotations: { "aws:api_id": apiId, "aws:api_stage": stageName },
    metadata: {
      default: { extended_request_id: call.extendedRequestId, request_id: call.requestId },
      tollgate: { route: resourcePath },
    },
    ...outcomeOf(call.status),
    ...(steps.length === 0 ? {} : { subsegments: steps }),
  };
}

/** Writes the same as spans of OpenTelemetry, where somebody receives them. */
function recordSpans(
  call: Call,
  trace: CallTrace<Call>,
  { context, resourcePath, integrationType }: Route,
): void {
  const unixMsAt = (ms: number) => call.startUnixMs + (ms - call.startMs);
  recordSpan({
    root: trace.root,
    id: trace.id,
    parent: trace.parent,
    isRemoteParent: true,
    name: `${context.apiName}/${context.stageName}`,
    startUnixMs: call.startUnixMs,
    endUnixMs: unixMsAt(call.endMs),
    status: call.status,
    attributes: {
      accountId: context.accountId,
      apiId: context.apiId,
      stage: context.stageName,
      requestId: call.requestId,
      httpMethod: call.method,
      httpRoute: resourcePath,
      urlPath: fullPath(call),
      clientAddress: call.sourceIp,
    },
  });
  for (const step of trace.steps)
    recordSpan({
      root: trace.root,
      id: step.id,
      parent: trace.id,
      isRemoteParent: false,
      name: step.kind === "integration" ? (integrationType ?? step.kind) : step.kind,
      startUnixMs: unixMsAt(step.startMs),
      endUnixMs: unixMsAt(isTimed(step) ? step.endMs : call.endMs),
      status: step.status,
      attributes: {
        ...(step.kind === "integration" && integrationType ? { integrationType } : {}),
        ...(step.origin === "" ? {} : { serverAddress: step.origin }),
      },
    });
}

/** traceWriter writes the traces of a route's sampled calls: as segments to the store of logs, and as spans. */
export function traceWriter(route: Route, { logs }: Ports): WriteTrace<Call> {
  const write = logs.open({ accountId: route.context.accountId, name: TRACE_GROUP });
  return (call, trace) => {
    write?.(call.startUnixMs, JSON.stringify(segmentOf(call, trace, route)));
    recordSpans(call, trace, route);
  };
}
