import type { Application } from "./application.ts";
import { VERSION } from "./version.ts";

type Parts = Pick<Application, "store" | "audit" | "redis">;

/** outageOf is why a control plane stores no changes; undefined: it does. */
export const outageOf = ({ store, audit }: Pick<Parts, "store" | "audit">): string | undefined =>
  store.outage ?? audit.outage;

/** What a control plane needs, by name, with why it cannot use it. */
const dependenciesOf = ({ store, audit, redis }: Parts) => [
  {
    name: "config store",
    outage: store.outage ?? "",
    remedy: "check etcd (TOLLGATE_ETCD), and the disk; nodes serve meanwhile",
  },
  {
    name: "audit log",
    outage: audit.outage ?? "",
    remedy: "free space on the control plane's disk: calls to it are refused, nodes serve",
  },
  ...(audit.isPublished
    ? [
        {
          name: "Kafka for audit records",
          outage: audit.publishFailure ?? "",
          remedy: "check TOLLGATE_KAFKA and the brokers; records are kept and sent later",
        },
      ]
    : []),
  ...(redis
    ? [
        {
          name: "Redis",
          outage: redis.isConnected ? "" : "it cannot be reached",
          remedy: "check TOLLGATE_REDIS; nodes keep limits on their own meanwhile",
        },
      ]
    : []),
];

/** createGetStatus creates StatusService.GetStatus. */
export const createGetStatus = (application: Application, region: string) => async () => {
  const { mirror, plane, publicUrl, nodeStore } = application;
  return {
    softwareVersion: VERSION,
    controlPlane: plane,
    region,
    apiUrl: publicUrl(),
    revision: BigInt(mirror.revision),
    storeOutage: outageOf(application) ?? "",
    dependencies: dependenciesOf(application),
    controlPlanes: [...new Set([plane, ...nodeStore.state.reports.keys()])].sort(),
  };
};
