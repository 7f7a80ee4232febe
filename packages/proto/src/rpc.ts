import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { anyPack } from "@bufbuild/protobuf/wkt";
import * as grpc from "@grpc/grpc-js";
import { callerOf, type RpcCaller } from "./access.ts";
import { StatusSchema } from "./gen/google/rpc/status_pb.ts";
import { ProblemListSchema } from "./gen/tollgate/control/v1/config_pb.ts";

export const RpcCode = {
  INVALID_ARGUMENT: grpc.status.INVALID_ARGUMENT,
  DEADLINE_EXCEEDED: grpc.status.DEADLINE_EXCEEDED,
  NOT_FOUND: grpc.status.NOT_FOUND,
  FAILED_PRECONDITION: grpc.status.FAILED_PRECONDITION,
  UNAUTHENTICATED: grpc.status.UNAUTHENTICATED,
  PERMISSION_DENIED: grpc.status.PERMISSION_DENIED,
  ALREADY_EXISTS: grpc.status.ALREADY_EXISTS,
  RESOURCE_EXHAUSTED: grpc.status.RESOURCE_EXHAUSTED,
  ABORTED: grpc.status.ABORTED,
  OUT_OF_RANGE: grpc.status.OUT_OF_RANGE,
  INTERNAL: grpc.status.INTERNAL,
  UNAVAILABLE: grpc.status.UNAVAILABLE,
  UNIMPLEMENTED: grpc.status.UNIMPLEMENTED,
} as const;

/** Largest number of problems in the message; the details contain all. */
const PROBLEMS_IN_MESSAGE = 20;

/** RpcProblem is a problem as the use cases have it. */
export interface RpcProblem {
  readonly code?: string;
  readonly path: string;
  readonly params?: Readonly<Record<string, string | number>>;
  readonly message: string;
}

/** toProtoProblem is a problem on the wire. */
export const toProtoProblem = ({ code = "", path, params = {}, message }: RpcProblem) => ({
  code,
  path,
  params: Object.fromEntries(Object.entries(params).map(([name, value]) => [name, String(value)])),
  message,
});

/** RpcError is an expected failure of a call: it reaches the client with its code, message and problems. */
export class RpcError extends Error {
  readonly code: grpc.status;
  readonly problems: MessageInitShape<typeof ProblemListSchema>["problems"];

  constructor(code: grpc.status, message: string, problems: readonly RpcProblem[] = []) {
    const listed = problems.slice(0, PROBLEMS_IN_MESSAGE).map((p) => `\n  ${p.path}: ${p.message}`);
    const more =
      problems.length > PROBLEMS_IN_MESSAGE ? `\n  and ${problems.length - PROBLEMS_IN_MESSAGE} more` : "";
    super(message + listed.join("") + more);
    this.code = code;
    this.problems = problems.map(toProtoProblem);
  }
}

/** toServiceError is the only place that converts a thrown error to what a client receives. The cause of a bug goes to the log only. */
export function toServiceError(error: unknown, report: (error: unknown) => void): Partial<grpc.StatusObject> {
  if (!(error instanceof RpcError)) {
    report(error);
    return {
      code: grpc.status.INTERNAL,
      details: "internal error; see the log of this server for the cause",
    };
  }
  const metadata = new grpc.Metadata();
  if (error.problems && error.problems.length > 0) {
    const details = create(ProblemListSchema, { problems: error.problems.slice(0, 200) });
    const status = create(StatusSchema, {
      code: error.code,
      message: error.message,
      details: [anyPack(ProblemListSchema, details)],
    });
    metadata.set("grpc-status-details-bin", Buffer.from(toBinary(StatusSchema, status)));
  }
  return { code: error.code, details: error.message, metadata };
}

type Report = (error: unknown) => void;

/** unary adapts an async function to grpc-js. */
export const unary =
  <Request, Response>(
    handle: (request: Request, caller: RpcCaller) => Promise<Response>,
    report: Report,
  ): grpc.handleUnaryCall<Request, Response> =>
  (call, reply) => {
    handle(call.request, callerOf(call.metadata)).then(
      (response) => reply(null, response),
      (error: unknown) => reply(toServiceError(error, report)),
    );
  };

/** clientStream adapts an async function that reads a stream of requests. What it does not read is discarded. */
export const clientStream =
  <Request, Response>(
    handle: (requests: AsyncIterable<Request>, caller: RpcCaller) => Promise<Response>,
    report: Report,
  ): grpc.handleClientStreamingCall<Request, Response> =>
  (call, reply) => {
    handle(call as AsyncIterable<Request>, callerOf(call.metadata)).then(
      (response) => reply(null, response),
      (error: unknown) => reply(toServiceError(error, report)),
    );
  };

/** serverStream adapts an async generator to grpc-js, no faster than the client reads; `signal` aborts when the client has disconnected. */
export const serverStream =
  <Request, Response>(
    handle: (request: Request, signal: AbortSignal, caller: RpcCaller) => AsyncIterable<Response>,
    report: Report,
  ): grpc.handleServerStreamingCall<Request, Response> =>
  (call) => {
    const gone = new AbortController();
    let wake = () => {};
    call.on("drain", () => wake());
    call.on("cancelled", () => {
      gone.abort();
      // A client that has disconnected reads no more.
      wake();
    });
    const pump = async () => {
      for await (const response of handle(call.request, gone.signal, callerOf(call.metadata))) {
        if (gone.signal.aborted) return;
        if (!call.write(response))
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
      }
      call.end();
    };
    pump().catch((error: unknown) =>
      // grpc-js ends a stream with the status of its "error" event.
      call.emit("error", Object.assign(new Error("call failed"), toServiceError(error, report))),
    );
  };
