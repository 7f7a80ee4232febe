import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "@tollgate/telemetry";
import type { Application } from "../application.ts";
import { repeat } from "../repeat.ts";
import type { ControlPlaneSettings } from "../settings.ts";
import { acmeOrdering } from "./acme/ordering.ts";
import { CertificateFiles } from "./certificate-files.ts";
import { issuerIn } from "./issue-certificate.ts";
import { RequestedCertificates } from "./issue-requested.ts";
import { renewCertificates } from "./renew-certificates.ts";

/** How often it is looked whether certificates are due. */
const RENEW_MS = 10 * 60 * 1000;
/** How often requests for certificates are looked at: those that nobody changed are not. */
const REQUESTED_MS = 1_000;
/** How soon a changed file is imported. */
const FILES_MS = 2_000;

const wait = (ms: number, signal: AbortSignal) => delay(ms, undefined, { signal });

/**
 * startCertificates renews certificates that the internal authority issued, issues those that are requested, and imports those in files, first before anything is served, and then whenever
 * they change, until it is disposed.
 */
export async function startCertificates(
  application: Application,
  { home, acme, certificates: folder }: Pick<ControlPlaneSettings, "home" | "acme" | "certificates">,
  logger: Logger,
): Promise<AsyncDisposable> {
  const scope = new AsyncDisposableStack();
  const options = { application, issue: issuerIn(home), logger, nowMs: Date.now };
  scope.use(repeat(() => renewCertificates(options), RENEW_MS, "certificates are renewed", logger));
  const ordering = acme && acmeOrdering(acme, { nowMs: Date.now, wait });
  const requested = new RequestedCertificates({ ...options, ordering });
  const report = (error: unknown) =>
    logger.warn({ err: error }, "requested certificates could not be issued; it is tried again");
  const running = new Set<Promise<void>>();
  const timer = setInterval(() => {
    const run = requested.run().catch(report);
    running.add(run);
    void run.then(() => running.delete(run));
  }, REQUESTED_MS).unref();
  scope.defer(async () => {
    clearInterval(timer);
    await Promise.all(running);
  });
  scope.use(requested);
  if (folder === undefined) return scope;
  const files = new CertificateFiles({ application, folder, logger, nowMs: Date.now });
  await files.run().catch((error: unknown) => {
    logger.warn({ err: error }, "certificates could not be imported from files; it is tried again");
  });
  scope.use(repeat(() => files.run(), FILES_MS, "certificates are imported from files", logger));
  return scope;
}
