import { noop } from "cockatiel";
import { Etcd3 } from "etcd3";

const CALL_TIMEOUT_MS = 5_000;

/** connectEtcd creates a client of one etcd cluster, which connects when it is first used. `hosts` are the URLs of members. */
export const connectEtcd = (hosts: readonly string[]): Etcd3 =>
  new Etcd3({
    hosts: [...hosts],
    // etcd3's circuit breaker keeps failing for seconds after etcd is back; gRPC's own reconnect does better.
    faultHandling: { host: () => noop, global: noop },
    defaultCallOptions: (context) => (context.isStream ? {} : { deadline: Date.now() + CALL_TIMEOUT_MS }),
    grpcOptions: {
      "grpc.keepalive_time_ms": 5_000,
      "grpc.keepalive_timeout_ms": 2_000,
      "grpc.keepalive_permit_without_calls": 1,
      "grpc.initial_reconnect_backoff_ms": 100,
      "grpc.max_reconnect_backoff_ms": 1_000,
      "grpc.max_receive_message_length": -1,
    },
  });
