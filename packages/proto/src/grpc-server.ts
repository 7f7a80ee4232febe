import type { DescService } from "@bufbuild/protobuf";
import * as grpc from "@grpc/grpc-js";
import { accessInterceptor, type BearerToken, type OnDenied } from "./access.ts";
import {
  Health,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from "./gen/grpc/health/v1/health_pb.ts";
import { addService, MESSAGE_MAX_BYTES } from "./grpc.ts";
import { addReflection } from "./reflection.ts";
import { serverCredentials, type TlsFiles } from "./tls.ts";

export interface GrpcServerOptions {
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
  /** Every call but health needs "authorization: Bearer {token}", or a certificate that names a role; undefined: callers are not authenticated. */
  readonly tokens: readonly BearerToken[] | undefined;
  /** undefined: plaintext. */
  readonly tls: TlsFiles | undefined;
  readonly services: readonly DescService[];
  /** Called before a call is refused because of its caller's role. */
  readonly onDenied?: OnDenied;
  /** Registers them. */
  readonly register: (server: grpc.Server) => void;
}

export interface GrpcServer extends AsyncDisposable {
  readonly port: number;
}

/** startGrpcServer serves the registered services with health and reflection. Throws when the port is already in use. */
export async function startGrpcServer({
  host,
  port,
  tokens,
  tls,
  services,
  onDenied,
  register,
}: GrpcServerOptions): Promise<GrpcServer> {
  const server = new grpc.Server({
    "grpc.max_receive_message_length": MESSAGE_MAX_BYTES,
    "grpc.max_send_message_length": MESSAGE_MAX_BYTES,
    "grpc.so_reuseport": 0,
    interceptors: [accessInterceptor(services, tokens, onDenied)],
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
  addReflection(
    server,
    [Health, ...services].map(({ typeName }) => typeName),
  );
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`${host}:${port}`, serverCredentials(tls), (error, actual) =>
      error
        ? reject(new Error(`cannot listen on ${host}:${port} for gRPC: ${error.message}`))
        : resolve(actual),
    );
  });
  return {
    port: bound,
    async [Symbol.asyncDispose]() {
      for (const watcher of watchers) watcher.write({ status: ServingStatus.NOT_SERVING });
      // Streams of nodes never end: give unary calls a moment, then cut all connections.
      const graceful = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
      const cut = setTimeout(() => server.forceShutdown(), 200);
      await graceful;
      clearTimeout(cut);
    },
  };
}
