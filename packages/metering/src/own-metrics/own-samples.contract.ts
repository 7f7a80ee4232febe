import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { MetricStore, type Sample } from "@tollgate/metric-store";
import { createLogger } from "@tollgate/telemetry";
import { addEvent } from "../billing-events/add-event.ts";
import { countDeliveries, routeEvent, settleDelivery } from "../billing-events/deliveries.ts";
import { acceptDeliveries, resendEvents } from "../billing-events/delivery-acts.ts";
import { listBillingEvents } from "../billing-events/events.ts";
import { createStatusService } from "../grpc/status-service.ts";
import { batchOf, receivedAt, T0 } from "../usage-store/batches.contract.ts";
import type { OpenDatabase } from "../usage-store/storing.contract.ts";
import { UsageStore } from "../usage-store/usage-store.ts";
import { readOwnSamples } from "./own-samples.ts";

const ACCOUNT = "111111111111";

/** describeOwnSamples is what holds for metrics of metering itself in any database. */
export function describeOwnSamples(what: string, open: OpenDatabase): void {
  describe(what, () => {
    let opened: Awaited<ReturnType<OpenDatabase>>;
    let store: UsageStore;
    beforeEach(async () => {
      opened = await open();
      store = await UsageStore.open(opened.database);
    });
    afterEach(async () => {
      await opened.database[Symbol.asyncDispose]();
      await opened.close();
    });

    const shown = ({ accountId, dimensions, metric, values }: Sample) =>
      [accountId, metric.name, ...dimensions.map(({ value }) => value), values.maximum].join(" ");
    const read = async () =>
      (await readOwnSamples(opened.database, { nowMs: T0, silentBeforeUnixMs: 0 })).map(shown);
    /** Writes an event whose deliveries to some targets end as they say. */
    const deliver = async (subject: string, targets: Readonly<Record<string, "DELIVERED" | "DEAD">>) => {
      const { database } = opened;
      const of = { accountId: ACCOUNT, type: "invoice.finalized" as const, subject, timeUnixMs: T0 };
      await addEvent(database, { ...of, content: { subject } });
      const all = { accountId: ACCOUNT, typePrefix: "", state: undefined, limit: 10 };
      const eventId =
        (await listBillingEvents(database, all)).find((one) => one.subject === subject)?.eventId ?? "";
      await routeEvent(database, eventId, Object.keys(targets), T0);
      for (const [target, state] of Object.entries(targets))
        await settleDelivery(database, { eventId, target, state, attempts: 0, timeUnixMs: T0, problem: "" });
      return eventId;
    };
    const receivers = async () => {
      const service = createStatusService({
        database: () => undefined,
        usageTopic: undefined,
        logsTopic: undefined,
        logStore: () => undefined,
        deadDeliveries: async () => (await countDeliveries(opened.database)).DEAD,
        logger: createLogger("metering", "fatal"),
      });
      const status = await new Promise<
        { dependencies?: { name?: string; outage?: string }[] } | null | undefined
      >((resolve, reject) =>
        service.getMeteringStatus({ request: {} } as never, (error, reply) =>
          error ? reject(error) : resolve(reply as never),
        ),
      );
      return status?.dependencies?.find(({ name }) => name === "receivers of billing events")?.outage;
    };

    it("nothing is stored while nothing is wrong", async () => {
      await deliver("INV-1", { erp: "DELIVERED" });
      expect(await read()).toEqual([]);
      expect(await receivers()).toBe("");
    });

    it("deliveries that were given up are counted by account and target, until they are sent again or accepted", async () => {
      const first = await deliver("INV-1", { erp: "DEAD", "usage-sink/stripe": "DELIVERED" });
      await deliver("INV-2", { erp: "DEAD", "usage-sink/stripe": "DEAD" });
      expect(await read()).toEqual([
        `${ACCOUNT} DeadDeliveries erp 2`,
        `${ACCOUNT} DeadDeliveries usage-sink/stripe 1`,
        `${ACCOUNT} DeadDeliveries 3`,
      ]);
      expect(await receivers()).toContain("3 events of billing or reports of usage were given up");
      const by = { actor: "ada", nowUnixMs: T0 };
      await resendEvents(opened.database, { accountId: ACCOUNT, eventId: first, target: "erp" }, by);
      expect(await read()).toContain(`${ACCOUNT} DeadDeliveries erp 1`);
      const accept = (target: string) =>
        acceptDeliveries(
          opened.database,
          { accountId: ACCOUNT, eventId: "", target },
          { ...by, reason: "read by hand" },
        );
      await accept("erp");
      expect(await read()).toEqual([
        `${ACCOUNT} DeadDeliveries usage-sink/stripe 1`,
        `${ACCOUNT} DeadDeliveries 1`,
      ]);
      await accept("usage-sink/stripe");
      expect(await read()).toEqual([]);
      expect(await receivers()).toBe("");
    });

    it("usage that is missing is counted in the own account, and is a metric that alarms read", async () => {
      await store.ingest(receivedAt([batchOf("n/0/a", 4, [{}])]));
      expect(await read()).toEqual(["000000000000 MissingUsage 3"]);
      const metrics = new MetricStore({ setsMax: 10, nowMs: () => T0 });
      const options = { nowMs: T0, silentBeforeUnixMs: 0 };
      const write = () =>
        opened.database.transaction(async (session) =>
          metrics.write(session, await readOwnSamples(session, options)),
        );
      // Two meterings of a database store the same minute.
      await write();
      expect(await write()).toEqual({ refused: 0, expired: 0, damaged: 0 });
    });
  });
}
