import { randomUUID } from "node:crypto";
import type { DescMethod } from "@bufbuild/protobuf";
import { digestOf } from "@tollgate/config";
import type { OnDenied, RpcCaller } from "@tollgate/proto/access";
import { clientStream, RpcCode, RpcError, serverStream, toServiceError, unary } from "@tollgate/proto/rpc";
import type { Application } from "../application.ts";
import { type AuditedCall, identityOfOperator } from "../audit/audit-record.ts";
import { recordCall } from "../audit/record-call.ts";
import { toRpcError } from "./refused.ts";

/** Methods that change nothing. */
const READ_ONLY = /^(Get(?!SessionToken)|Export|List|Lookup|Diff|Watch|Wait)/;

const TEXT_MAX_CHARS = 2000;

/** Large numbers are strings in JSON, and long strings, such as definitions, are recorded by their digest. */
function shownValue(value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  if (typeof value !== "string" || value.length <= TEXT_MAX_CHARS) return value;
  return { bytes: Buffer.byteLength(value), sha256: digestOf(value) };
}

/** A template is recorded by its digest, its parameters and files by their names, because they may contain secrets. */
const shownMember = (name: string, value: unknown): unknown =>
  name === "template" && typeof value === "string"
    ? { bytes: Buffer.byteLength(value), sha256: digestOf(value) }
    : (name === "parameters" || name === "files") && typeof value === "object"
      ? Object.keys(value ?? {})
      : shownValue(value);

/** Entities of a request are recorded by their names, because their specs may contain secrets. */
function parametersOf(request: object): unknown {
  const { $typeName: _type, entities, ...others } = request as Record<string, unknown>;
  const shown = Object.fromEntries(
    Object.entries(others).map(([name, value]) => [name, shownMember(name, value)]),
  );
  if (!Array.isArray(entities)) return shown;
  const named = (entities as readonly { kind: string; apiId: string; id: string }[]).map(
    ({ kind, apiId, id }) => ({ kind, apiId, id }),
  );
  return { ...shown, entityCount: named.length, entities: named.slice(0, 50) };
}

/** ipOf returns the IP address of a gRPC peer, such as 127.0.0.1:4711 or [::1]:4711. */
const ipOf = (peer: string) => peer.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");

function describe(path: string, request: object, caller: RpcCaller, region: string): AuditedCall {
  const [, service = "", eventName = ""] = path.split("/");
  const { accountId } = request as { accountId?: string };
  return {
    accountId: /^\d{12}$/.test(accountId ?? "") ? (accountId as string) : "000000000000",
    eventSource: `${(service.split(".").at(-1) ?? "").replace(/Service$/, "").toLowerCase()}.tollgate`,
    eventName,
    userIdentity: identityOfOperator(caller),
    sourceIpAddress: ipOf(caller.peer),
    userAgent: caller.userAgent,
    region,
    isReadOnly: READ_ONLY.test(eventName),
    parameters: parametersOf(request),
    requestId: randomUUID(),
  };
}

const CODES: Readonly<Record<number, string>> = {
  3: "INVALID_ARGUMENT",
  4: "DEADLINE_EXCEEDED",
  5: "NOT_FOUND",
  6: "ALREADY_EXISTS",
  7: "PERMISSION_DENIED",
  8: "RESOURCE_EXHAUSTED",
  9: "FAILED_PRECONDITION",
  10: "ABORTED",
  11: "OUT_OF_RANGE",
  13: "INTERNAL",
  14: "UNAVAILABLE",
};
const MESSAGE_MAX_CHARS = 1000;

const failure = (error: unknown) => {
  const { code = 13, details = "" } = toServiceError(error, () => undefined);
  return { code: CODES[code] ?? String(code), message: details.slice(0, MESSAGE_MAX_CHARS) };
};

const throwRpcError = (error: unknown): never => {
  throw toRpcError(error);
};

const pathOf = ({ parent, name }: DescMethod) => `/${parent.typeName}/${name}`;

/** createAudited wraps handlers so that their calls are recorded before their response is sent. */
export function createAudited({ audit, logger }: Application, region: string) {
  const report = (error: unknown) => logger.error({ err: error }, "a control call failed unexpectedly");
  const recorded = <Response>(described: AuditedCall, work: () => Promise<Response>): Promise<Response> =>
    recordCall(audit, described, work, { failureOf: (error) => failure(toRpcError(error)), report }).catch(
      throwRpcError,
    );
  return {
    /** A call with one response. */
    call: <Request extends object, Response>(
      method: DescMethod,
      handle: (request: Request, caller: RpcCaller) => Promise<Response>,
    ) =>
      unary(
        (request: Request, caller: RpcCaller) =>
          recorded(describe(pathOf(method), request, caller, region), () => handle(request, caller)),
        report,
      ),
    /** A call with a stream of requests. `parameters` are what is recorded of the first one. */
    upload: <Request extends object, Response>(
      method: DescMethod,
      parameters: (first: Request) => object,
      handle: (requests: readonly [first: Request, others: AsyncIterable<Request>]) => Promise<Response>,
    ) =>
      clientStream(async (requests: AsyncIterable<Request>, caller: RpcCaller) => {
        const iterator = requests[Symbol.asyncIterator]();
        const { done, value: first } = await iterator.next();
        if (done) throw new RpcError(RpcCode.INVALID_ARGUMENT, "the stream contains no message");
        const others = { [Symbol.asyncIterator]: () => iterator };
        return recorded(describe(pathOf(method), parameters(first), caller, region), () =>
          handle([first, others]),
        );
      }, report),
    /** A call with a stream of responses, which is recorded when it begins. */
    stream: <Request extends object, Response>(
      method: DescMethod,
      handle: (request: Request, signal: AbortSignal) => AsyncIterable<Response>,
    ) =>
      serverStream(async function* (request: Request, signal: AbortSignal, caller: RpcCaller) {
        await audit.open().end(describe(pathOf(method), request, caller, region), undefined);
        try {
          yield* handle(request, signal);
        } catch (error) {
          throw toRpcError(error);
        }
      }, report),
  };
}

/** denialRecorder records calls that a caller's role does not allow. */
export const denialRecorder =
  ({ audit }: Application, region: string): OnDenied =>
  (path, caller, message) =>
    audit.open().end(describe(path, {}, caller, region), { code: "PERMISSION_DENIED", message });
