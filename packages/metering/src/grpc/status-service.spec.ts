import { expect, it, vi } from "vitest";
import { createLogger } from "@tollgate/telemetry";
import { createStatusService, type StatusServiceOptions } from "./status-service.ts";

const statusOf = async (options: Pick<StatusServiceOptions, "database" | "deadDeliveries">) => {
  const service = createStatusService({
    ...options,
    usageTopic: undefined,
    logsTopic: undefined,
    logStore: () => undefined,
    logger: createLogger("metering", "silent"),
  });
  const status = await new Promise<
    { dependencies?: { name?: string; outage?: string }[] } | null | undefined
  >((resolve, reject) =>
    service.getMeteringStatus({ request: {} } as never, (error, reply) =>
      error ? reject(error) : resolve(reply as never),
    ),
  );
  return (status?.dependencies ?? []).map(({ name, outage }) => [name, outage]);
};

it("the status of metering says how many deliveries were given up", async () => {
  const status = await statusOf({ database: () => undefined, deadDeliveries: async () => 2 });
  expect(status.at(-1)).toEqual([
    "receivers of billing events",
    expect.stringMatching(/^2 events of billing/),
  ]);
});

it("the status of metering asks nothing of a database that is away, and says that it is", async () => {
  const deadDeliveries = vi.fn(async () => 0);
  const status = await statusOf({ database: () => "it does not respond", deadDeliveries });
  expect(status[0]).toEqual(["usage database", "it does not respond"]);
  expect(deadDeliveries).not.toHaveBeenCalled();
});

it.each([
  ["does not respond", () => new Promise<number>(() => undefined)],
  ["refuses", () => Promise.reject(new Error("refused"))],
])("the status of metering is there although the database %s", async (_what, deadDeliveries) => {
  const status = await statusOf({ database: () => undefined, deadDeliveries });
  expect(status.map(([name]) => name)).toEqual(["usage database", "log store"]);
});
