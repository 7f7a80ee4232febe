import type { Logger } from "@tollgate/telemetry";
import type { Application } from "../application.ts";
import { repeat } from "../repeat.ts";
import { ApiServer } from "./api-server.ts";
import type { KubernetesSettings } from "./kubernetes-settings.ts";
import { Leadership } from "./leadership.ts";
import { LeaseElection, RENEW_MS } from "./lease.ts";

/**
 * startController applies what objects of Kubernetes say, as long as this process is the one that does, until it is disposed. It waits for nothing: an API
 * server that cannot be reached keeps no control plane from starting.
 */
export function startController(
  application: Application,
  settings: KubernetesSettings,
  logger: Logger,
): AsyncDisposable {
  const api = new ApiServer(settings);
  const { lease } = settings;
  const nowMs = () => performance.now();
  const election = new LeaseElection({ api, lease, identity: application.plane, nowMs, logger });
  const leadership = new Leadership({
    api,
    application,
    settings,
    isLeading: () => election.isLeading,
    logger,
  });
  const step = async () => {
    await election.run().finally(() => leadership.follow(election.isLeading));
  };
  const first = step().catch((error: unknown) => {
    logger.warn({ err: error }, "the API server cannot say who applies objects; it is tried again");
  });
  const next = async () => {
    await first;
    await step();
  };
  const renewing = repeat(next, RENEW_MS, "the lease of the controller is renewed", logger);
  return {
    async [Symbol.asyncDispose]() {
      await first;
      await renewing[Symbol.asyncDispose]();
      await leadership.follow(false);
      await election.release().catch(() => undefined);
      await api[Symbol.asyncDispose]();
    },
  };
}
