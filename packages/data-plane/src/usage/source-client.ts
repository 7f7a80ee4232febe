import { createClient, type ServiceClient } from "@tollgate/proto/grpc";
import { SourceService } from "@tollgate/proto/usage";
import type { TlsFiles } from "@tollgate/telemetry";

const TIMEOUT_MS = 2_000;

export interface SourceClientOptions {
  /** Control planes: the first reachable one passes a call on to metering. */
  readonly addresses: readonly string[];
  readonly token: (() => string) | undefined;
  readonly tls: TlsFiles | undefined;
}

export interface CallOptions {
  readonly deadline: Date;
}

/** SourceClient reaches metering through the control planes: also while Kafka is away. */
export class SourceClient implements Disposable {
  readonly #clients: readonly ServiceClient<typeof SourceService>[];

  constructor({ addresses, token, tls }: SourceClientOptions) {
    this.#clients = addresses.map((address) => createClient(SourceService, { address, token, tls }));
  }

  /** call tries each control plane in turn. It throws an AggregateError if none replies. */
  async call<T>(
    send: (client: ServiceClient<typeof SourceService>, options: CallOptions) => Promise<T>,
  ): Promise<T> {
    const failures: unknown[] = [];
    for (const client of this.#clients)
      try {
        return await send(client, { deadline: new Date(Date.now() + TIMEOUT_MS) });
      } catch (error) {
        failures.push(error);
      }
    throw new AggregateError(failures, failures.map(String).join("; "));
  }

  [Symbol.dispose](): void {
    for (const client of this.#clients) client.close();
  }
}
