import { setTimeout as delay } from "node:timers/promises";
import type { ServiceImplementation } from "@tollgate/proto/grpc";
import { unary } from "@tollgate/proto/rpc";
import type { MeteringStatusService } from "@tollgate/proto/usage";
import type { Logger } from "@tollgate/telemetry";

const SOFTWARE_VERSION = "0.1.0";

/** Outage is why something cannot be used; undefined: it can. */
type Outage = () => string | undefined;

export interface StatusServiceOptions {
  readonly database: Outage;
  /** undefined: events arrive within the process. */
  readonly usageTopic: Outage | undefined;
  readonly logsTopic: Outage | undefined;
  readonly logStore: Outage;
  /** How many events of billing and reports of usage were given up. */
  readonly deadDeliveries: () => Promise<number>;
  readonly logger: Logger;
}

/** A database that takes longer is what is wrong, which its watch says: nobody who asks for the status waits for it. */
const COUNTED_WITHIN_MS = 1_000;

const KAFKA_REMEDY = "check TOLLGATE_KAFKA and the brokers; nodes keep what is not received";

/** dependenciesOf are what metering needs, with what to do where it is missing. */
export const dependenciesOf = (options: Omit<StatusServiceOptions, "logger" | "deadDeliveries">) =>
  [
    {
      name: "usage database",
      outage: options.database,
      remedy: "check PostgreSQL (TOLLGATE_DATABASE_URL), or the disk; usage waits until it responds",
    },
    { name: "Kafka for usage", outage: options.usageTopic, remedy: KAFKA_REMEDY },
    { name: "Kafka for logs", outage: options.logsTopic, remedy: KAFKA_REMEDY },
    {
      name: "log store",
      outage: options.logStore,
      remedy: "free space on metering's disk; log events wait until they can be stored",
    },
  ].flatMap(({ outage, ...rest }) => (outage ? [{ ...rest, outage: outage() ?? "" }] : []));

/** receiversOf are the receivers of events of billing and reports of usage, as one of the things that are needed. */
export const receiversOf = (dead: number) => ({
  name: "receivers of billing events",
  outage:
    dead === 0
      ? ""
      : `${dead} events of billing or reports of usage were given up, and their receivers do not know of them`,
  remedy:
    "'tollgate billing events --state dead' says of which target and why, 'tollgate billing resend' sends one again, 'tollgate billing accept' leaves it so",
});

/** The receivers, while the database says how they are. */
async function knownReceivers({
  database,
  deadDeliveries,
}: Pick<StatusServiceOptions, "database" | "deadDeliveries">) {
  if (database() !== undefined) return [];
  const late = delay(COUNTED_WITHIN_MS, undefined, { ref: false });
  const dead = await Promise.race([deadDeliveries().catch(() => undefined), late]);
  return dead === undefined ? [] : [receiversOf(dead)];
}

/** createStatusService says what metering needs and whether it has it. */
export const createStatusService = ({
  logger,
  deadDeliveries,
  ...options
}: StatusServiceOptions): ServiceImplementation<typeof MeteringStatusService> => ({
  getMeteringStatus: unary(
    async () => {
      const receivers = await knownReceivers({ ...options, deadDeliveries });
      return {
        softwareVersion: SOFTWARE_VERSION,
        dependencies: [...dependenciesOf(options), ...receivers],
      };
    },
    (error) => logger.error({ err: error }, "the status cannot be read"),
  ),
});
