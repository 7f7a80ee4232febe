import type { RequestListener } from "node:http";
import { hostname } from "node:os";
import {
  createMetrics,
  type MetricExportSettings,
  type MetricName,
  type MetricReading,
  metricNames,
} from "@tollgate/telemetry";
import type { Application } from "../application.ts";
import type { AuditSpool } from "../audit/audit-spool.ts";
import { isDue, presentedLives } from "../certificate/certificate-life.ts";
import { progressOf } from "../certificate/requested.ts";
import type { RolloutRecord } from "../node/node-store.ts";
import type { Store } from "../store/store.ts";

export interface ControlPlaneMetricsOptions {
  readonly application: Application;
  readonly store: Store;
  /** undefined: records need no spool. */
  readonly spool: AuditSpool | undefined;
  /** undefined: metrics are scraped only. */
  readonly exporting?: MetricExportSettings | undefined;
}

const gauge = (name: MetricName, unit: string, value: number): MetricReading => ({
  name,
  kind: "gauge",
  unit,
  attributes: {},
  value,
});

const ROLLOUT_STATES: readonly RolloutRecord["state"][] = ["rolling", "stopped", "done"];

/** rolloutReadings tell the state of the newest rollout. There are none without rollouts in waves. */
export const rolloutReadings = ({
  isStaged,
  nodeStore,
}: Pick<Application, "isStaged" | "nodeStore">): readonly MetricReading[] =>
  isStaged
    ? ROLLOUT_STATES.map((state) => ({
        ...gauge(metricNames.rolloutState, "", nodeStore.state.rollout?.record.state === state ? 1 : 0),
        attributes: { state },
      }))
    : [];

/** How many certificates could not be issued, or renewed, when that was last tried; undefined: none is requested. */
function failingRequests({ mirror }: Pick<Application, "mirror">): number | undefined {
  const requests = [...mirror.accounts.values()].flatMap((state) => state.list("CertificateRequest", ""));
  if (requests.length === 0) return undefined;
  return requests.filter((request) => progressOf(request).failure !== undefined).length;
}

/** certificateReadings say how long the certificates that domains present are valid. There are none where no domain presents one. */
export function certificateReadings(
  application: Pick<Application, "mirror">,
  nowMs: number,
): readonly MetricReading[] {
  const failing = failingRequests(application);
  const failures =
    failing === undefined ? [] : [gauge(metricNames.certificatesFailing, "{certificate}", failing)];
  const lives = [...application.mirror.accounts].flatMap(([accountId, state]) =>
    presentedLives(accountId, state),
  );
  if (lives.length === 0) return failures;
  const firstMs = lives.reduce((least, { toMs }) => Math.min(least, toMs), Number.POSITIVE_INFINITY);
  return [
    ...failures,
    gauge(metricNames.certificatesValidity, "s", (firstMs - nowMs) / 1000),
    gauge(metricNames.certificatesDue, "{certificate}", lives.filter((life) => isDue(life, nowMs)).length),
  ];
}

function readAll({ application, store, spool }: ControlPlaneMetricsOptions): MetricReading[] {
  const { mirror, publisher } = application;
  const entities = [...mirror.accounts.values()].reduce((sum, { entities: { size } }) => sum + size, 0);
  const { bytes, quotaBytes } = store.size ?? {};
  return [
    gauge(metricNames.mirrorRevision, "", mirror.revision),
    gauge(metricNames.mirrorLag, "{revision}", mirror.lag),
    gauge(metricNames.storeReachable, "", store.outage === undefined ? 1 : 0),
    gauge(metricNames.storeEntities, "{entity}", entities),
    ...(bytes === undefined ? [] : [gauge(metricNames.storeSize, "By", bytes)]),
    ...(quotaBytes === undefined ? [] : [gauge(metricNames.storeQuota, "By", quotaBytes)]),
    gauge(metricNames.auditSpool, "By", spool?.bytes ?? 0),
    ...certificateReadings(application, Date.now()),
    gauge(metricNames.connectedNodes, "{node}", publisher.nodes().length),
    ...rolloutReadings(application),
  ];
}

/** createControlPlaneMetrics responds to scrapes of a control plane. */
export function createControlPlaneMetrics(options: ControlPlaneMetricsOptions): AsyncDisposable & {
  readonly serve: RequestListener;
} {
  const metrics = createMetrics({
    read: async () => readAll(options),
    exporting: options.exporting,
    instanceId: `control-plane@${hostname()}`,
  });
  return {
    serve: (request, response) => {
      metrics.handle(request, response).catch((error: unknown) => {
        response.writeHead(500, { "content-type": "text/plain; charset=utf-8" });
        response.end(`${String(error)}\n`);
      });
    },
    [Symbol.asyncDispose]: () => metrics[Symbol.asyncDispose](),
  };
}
