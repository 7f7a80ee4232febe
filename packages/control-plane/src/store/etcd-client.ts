import { readFileSync } from "node:fs";
import { type IPolicy, noop } from "cockatiel";
import {
  EtcdAuthenticationFailedError,
  EtcdPermissionDeniedError,
  GRPCCancelledError,
  GRPCDeadlineExceededError,
  GRPCInternalError,
  GRPCResourceExhastedError,
  GRPCUnavailableError,
  type IOptions,
} from "etcd3";
import { type TlsFiles, watchFiles } from "@tollgate/telemetry";
import { Refusal } from "../refusal.ts";
import { EtcdKeys } from "./etcd-keys.ts";
import { EtcdClient } from "./etcd-range.ts";
import { DEFAULT_PREFIX, type EtcdSettings } from "./etcd-settings.ts";

const CALL_TIMEOUT_MS = 5_000;

/** EtcdUnavailable is a call that etcd did not serve, for a reason that has nothing to do with the call. */
export class EtcdUnavailable extends Refusal {
  /** Whether etcd may have received the call, so that a write may have been stored. */
  readonly isSent: boolean;

  constructor(message: string, isSent: boolean) {
    super("unavailable", message);
    this.isSent = isSent;
  }
}

/** gRPC's text contains the error of the connection, and much that says nothing to an operator. */
function causeOf({ message }: Error): string {
  const [, connection] = /Last error: (.*?)(?: \(\d{4}-|\. Resolution note|$)/.exec(message) ?? [];
  return (connection ?? message).replace(/^(Error: )?(\d+ [A-Z_]+: )?/, "");
}

/** asUnavailable converts what the client throws while etcd is away, hangs or is full. Other errors are returned unchanged. */
function asUnavailable(error: unknown): unknown {
  if (error instanceof GRPCResourceExhastedError && /space exceeded/.test(error.message))
    return new EtcdUnavailable("etcd is full (its space quota is exceeded)", false);
  if (error instanceof GRPCDeadlineExceededError)
    return new EtcdUnavailable("etcd cannot be reached (it does not respond)", true);
  if (error instanceof EtcdAuthenticationFailedError || error instanceof EtcdPermissionDeniedError)
    return new EtcdUnavailable(`etcd refuses this control plane (${causeOf(error)})`, false);
  const isCut = error instanceof GRPCInternalError && /RST_STREAM|GOAWAY|terminated/i.test(error.message);
  if (isCut || error instanceof GRPCUnavailableError || error instanceof GRPCCancelledError) {
    const isSent = !/No connection established|Name resolution failed|no leader/.test(error.message);
    return new EtcdUnavailable(`etcd cannot be reached (${causeOf(error)})`, isSent);
  }
  return error;
}

/** Tries the next member while one cannot be connected to, which is safe for writes too, and converts errors. */
function policyOf(members: number): IPolicy {
  const execute = async (work: (context: never) => unknown) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await work({} as never);
      } catch (thrown) {
        const error = asUnavailable(thrown);
        const isNextTried = error instanceof EtcdUnavailable && !error.isSent && attempt < members;
        if (!isNextTried) throw error;
      }
    }
  };
  const { _altReturn, onSuccess, onFailure } = noop;
  return { _altReturn, onSuccess, onFailure, execute: execute as IPolicy["execute"] };
}

/** EtcdConnection is a client of an etcd cluster, and the keys that it uses. */
export interface EtcdConnection {
  /** What it has, such as `kv`, is another object after certificates or the password were replaced: take it from here for each call. */
  readonly client: EtcdClient;
  readonly keys: EtcdKeys;
  /** Hears that certificates or the password were replaced: leases belong to the client before, which ends soon. */
  onRenewed(listener: () => void): void;
}

/** Calls of a client that was replaced end within this time. Watches begin again with the new one. */
const RETIRED_MS = CALL_TIMEOUT_MS + 1_000;

/** A client that is created again when one of its files has changed. */
function renewedClient(create: () => EtcdClient, files: readonly string[], renewed: () => void): EtcdClient {
  let current = create();
  const renew = () => {
    const old = current;
    current = create();
    setTimeout(() => old.close(), RETIRED_MS).unref();
    renewed();
  };
  const watch = watchFiles(files, renew);
  const close = () => {
    watch[Symbol.dispose]();
    current.close();
  };
  return new Proxy(current, {
    get(_first, name) {
      if (name === "close") return close;
      const value = Reflect.get(current, name, current) as unknown;
      return typeof value === "function" ? (value.bind(current) as unknown) : value;
    },
  });
}

const read = (file: string) => readFileSync(file);

function credentialsOf({ authorities, certificate, key }: TlsFiles): IOptions["credentials"] {
  if (authorities === undefined) throw new Error("TLS to etcd needs the certificate of an authority");
  const rootCertificate = read(authorities);
  return certificate === undefined || key === undefined
    ? { rootCertificate }
    : { rootCertificate, certChain: read(certificate), privateKey: read(key) };
}

/** connectEtcd creates a client of one etcd cluster, which connects when it is first used. */
export function connectEtcd(settings: EtcdSettings): EtcdConnection {
  const { prefix = DEFAULT_PREFIX, tls, login } = settings;
  const files = [tls?.authorities, tls?.certificate, tls?.key, login?.password.file].filter(
    (file) => file !== undefined,
  );
  const listeners = new Set<() => void>();
  const renewed = () => {
    for (const listener of listeners) listener();
  };
  const client =
    files.length > 0 ? renewedClient(() => newClient(settings), files, renewed) : newClient(settings);
  return { client, keys: new EtcdKeys(prefix), onRenewed: (listener) => void listeners.add(listener) };
}

function newClient({ hosts, tls, login }: EtcdSettings): EtcdClient {
  const policy = policyOf(hosts.length);
  const options: IOptions = {
    hosts: [...hosts],
    ...(tls ? { credentials: credentialsOf(tls) as NonNullable<IOptions["credentials"]> } : {}),
    ...(login ? { auth: { username: login.username, password: login.password.current() } } : {}),
    // etcd3's circuit breaker keeps failing for seconds after etcd is back; gRPC's own reconnect does better.
    faultHandling: { host: () => noop, global: policy },
    defaultCallOptions: (context) => (context.isStream ? {} : { deadline: Date.now() + CALL_TIMEOUT_MS }),
    grpcOptions: {
      "grpc.keepalive_time_ms": 5_000,
      "grpc.keepalive_timeout_ms": 2_000,
      "grpc.keepalive_permit_without_calls": 1,
      "grpc.initial_reconnect_backoff_ms": 100,
      "grpc.max_reconnect_backoff_ms": 1_000,
      "grpc.max_receive_message_length": -1,
    },
  };
  return new EtcdClient(options, policy, CALL_TIMEOUT_MS);
}
