import { timingSafeEqual, createHash } from "node:crypto";
import * as grpc from "@grpc/grpc-js";
import {
  Health,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from "./gen/grpc/health/v1/health_pb.ts";
import { addService, MESSAGE_MAX_BYTES } from "./grpc.ts";
import { addReflection } from "./reflection.ts";

export interface GrpcServerOptions {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** When set, every call but health needs "authorization: Bearer {token}"; UNAUTHENTICATED without. */
  readonly token?: string | undefined;
  /** Full names of the services, for reflection. */
  readonly services: readonly string[];
  /** Registers them. */
  readonly register: (server: grpc.Server) => void;
}

export interface GrpcServer extends AsyncDisposable {
  readonly port: number;
}

const sha256 = (text: string) => createHash("sha256").update(text).digest();

function bearerInterceptor(token: string): grpc.ServerInterceptor {
  const expected = sha256(`Bearer ${token}`);
  return (method, call) => {
    if (method.path.startsWith("/grpc.health.v1.Health/")) return new grpc.ServerInterceptingCall(call);
    return new grpc.ServerInterceptingCall(call, {
      start: (next) => {
        next({
          onReceiveMetadata: (metadata, pass) => {
            const given = String(metadata.get("authorization")[0] ?? "");
            if (timingSafeEqual(sha256(given), expected)) return pass(metadata);
            call.sendStatus({
              code: grpc.status.UNAUTHENTICATED,
              details: "send the metadata 'authorization: Bearer <token>' with the token of this server",
              metadata: new grpc.Metadata(),
            });
          },
        });
      },
    });
  };
}

/** startGrpcServer serves the registered services with health and reflection. Throws when the port is taken. */
export async function startGrpcServer({
  host,
  port,
  token,
  services,
  register,
}: GrpcServerOptions): Promise<GrpcServer> {
  const server = new grpc.Server({
    "grpc.max_receive_message_length": MESSAGE_MAX_BYTES,
    "grpc.max_send_message_length": MESSAGE_MAX_BYTES,
    "grpc.so_reuseport": 0,
    ...(token ? { interceptors: [bearerInterceptor(token)] } : {}),
  });
  const watchers = new Set<grpc.ServerWritableStream<unknown, { status: ServingStatus }>>();
  addService(server, Health, {
    check: (_call, reply) => reply(null, { status: ServingStatus.SERVING }),
    watch: (call) => {
      watchers.add(call);
      call.on("cancelled", () => watchers.delete(call));
      call.write({ status: ServingStatus.SERVING });
    },
  });
  register(server);
  addReflection(server, [Health.typeName, ...services]);
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`${host}:${port}`, grpc.ServerCredentials.createInsecure(), (error, actual) =>
      error
        ? reject(new Error(`cannot listen on ${host}:${port} for gRPC: ${error.message}`))
        : resolve(actual),
    );
  });
  return {
    port: bound,
    async [Symbol.asyncDispose]() {
      for (const watcher of watchers) watcher.write({ status: ServingStatus.NOT_SERVING });
      // Streams of nodes never end by themselves: give unary calls a moment, then cut.
      const graceful = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
      const cut = setTimeout(() => server.forceShutdown(), 200);
      await graceful;
      clearTimeout(cut);
    },
  };
}
