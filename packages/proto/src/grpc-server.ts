import type { DescService } from "@bufbuild/protobuf";
import * as grpc from "@grpc/grpc-js";
import { accessInterceptor, type BearerToken, type OnDenied } from "./access.ts";
import {
  Health,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from "./gen/grpc/health/v1/health_pb.ts";
import { addService, MESSAGE_MAX_BYTES, type ServiceImplementation } from "./grpc.ts";
import { addReflection } from "./reflection.ts";
import { serverCredentials, type TlsFiles } from "./tls.ts";

const KEEPALIVE_MS = 10_000;
const KEEPALIVE_TIMEOUT_MS = 5_000;

export interface GrpcServerOptions {
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
  /** Every call but health needs "authorization: Bearer {token}", or a certificate that names a role; undefined: callers are not authenticated. */
  readonly tokens: (() => readonly BearerToken[]) | undefined;
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
  /** Sets what health checks report. It is true at first. */
  readonly setServing: (isServing: boolean) => void;
}

/** The service name of health checks that only ask whether the process lives, whatever it can do at the moment. */
const LIVENESS = "liveness";

/** createHealth implements grpc.health.v1 with one state for all services. */
function createHealth() {
  const watchers = new Set<grpc.ServerWritableStream<unknown, { status: ServingStatus }>>();
  let isServing = true;
  const status = () => (isServing ? ServingStatus.SERVING : ServingStatus.NOT_SERVING);
  const implementation: ServiceImplementation<typeof Health> = {
    check: ({ request }, reply) =>
      reply(null, { status: request.service === LIVENESS ? ServingStatus.SERVING : status() }),
    watch: (call) => {
      watchers.add(call);
      call.on("cancelled", () => watchers.delete(call));
      call.write({ status: status() });
    },
  };
  const setServing = (value: boolean) => {
    if (value === isServing) return;
    isServing = value;
    for (const watcher of watchers) watcher.write({ status: status() });
  };
  return { implementation, setServing };
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
    // Streams of clients that have gone without a word end.
    "grpc.keepalive_time_ms": KEEPALIVE_MS,
    "grpc.keepalive_timeout_ms": KEEPALIVE_TIMEOUT_MS,
    interceptors: [accessInterceptor(services, tokens, onDenied)],
  });
  const { implementation, setServing } = createHealth();
  addService(server, Health, implementation);
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
    setServing,
    async [Symbol.asyncDispose]() {
      setServing(false);
      // Streams of nodes never end: give unary calls a moment, then cut all connections.
      const { promise: ended, resolve } = Promise.withResolvers<void>();
      server.tryShutdown(() => resolve());
      const cut = setTimeout(() => {
        server.forceShutdown();
        // grpc-js never reports the end of a connection on which something else than HTTP/2 came.
        resolve();
      }, 200);
      await ended;
      clearTimeout(cut);
    },
  };
}
