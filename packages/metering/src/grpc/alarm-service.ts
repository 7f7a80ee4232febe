import type { AlarmService } from "@tollgate/proto/alarms";
import type { ServiceImplementation } from "@tollgate/proto/grpc";
import { RpcCode, RpcError, unary } from "@tollgate/proto/rpc";
import type { Logger } from "@tollgate/telemetry";
import type { AlarmStore } from "../alarms/alarm-store.ts";
import { toRpcError } from "./refused.ts";

export interface AlarmServiceOptions {
  readonly store: AlarmStore;
  readonly logger: Logger;
}

const PAGE_MAX = 100;
const LEASE_MAX_MS = 3_600_000;

function within(value: number, name: string, least: number, most: number): number {
  if (value < least || value > most)
    throw new RpcError(RpcCode.INVALID_ARGUMENT, `${name} must be from ${least} to ${most}, not ${value}`);
  return value;
}

const itemOf = <T extends { readonly timeUnixMs: bigint }>(item: T) => ({
  ...item,
  timeUnixMs: Number(item.timeUnixMs),
});
const wireItem = <T extends { readonly timeUnixMs: number }>(item: T) => ({
  ...item,
  timeUnixMs: BigInt(item.timeUnixMs),
});

/** createAlarmService serves states, history and actions of alarms over gRPC. */
export function createAlarmService({
  store,
  logger,
}: AlarmServiceOptions): ServiceImplementation<typeof AlarmService> {
  const report = (error: unknown) => logger.error({ err: error }, "a request for alarms failed unexpectedly");
  const serve = <I, O>(run: (request: I) => Promise<O>) =>
    unary(async (request: I) => {
      try {
        return await run(request);
      } catch (error) {
        throw toRpcError(error);
      }
    }, report);
  return {
    listAlarmRecords: serve(async ({ accountId }) => ({
      records: (await store.records(accountId)).map((record) => ({
        ...record,
        updatedUnixMs: BigInt(record.updatedUnixMs),
        transitionedUnixMs: BigInt(record.transitionedUnixMs),
        version: BigInt(record.version),
      })),
    })),
    recordAlarm: serve(async ({ record, removed, history, actions }) => {
      if (!record) throw new RpcError(RpcCode.INVALID_ARGUMENT, "record is missing");
      const recorded = await store.record({
        record: {
          ...record,
          updatedUnixMs: Number(record.updatedUnixMs),
          transitionedUnixMs: Number(record.transitionedUnixMs),
          version: Number(record.version),
        },
        isRemoved: removed,
        history: history.map(itemOf),
        actions: actions.map((action) => ({ ...action, dueUnixMs: Number(action.dueUnixMs) })),
      });
      return { recorded };
    }),
    listAlarmHistory: serve(async ({ startUnixMs, endUnixMs, oldestFirst, limit, offset, ...query }) => {
      const { items, hasMore } = await store.history({
        ...query,
        startUnixMs: Number(startUnixMs),
        endUnixMs: endUnixMs === 0n ? Number.MAX_SAFE_INTEGER : Number(endUnixMs),
        isOldestFirst: oldestFirst,
        limit: within(limit, "limit", 1, PAGE_MAX),
        offset: within(offset, "offset", 0, 1_000_000_000),
      });
      return { items: items.map(wireItem), hasMore };
    }),
    leadEvaluation: serve(async ({ owner, leaseMs }) => ({
      leads: await store.lead(owner, within(leaseMs, "lease_ms", 0, LEASE_MAX_MS)),
    })),
    takeActions: serve(async ({ limit, leaseMs }) => {
      const actions = await store.take(
        within(limit, "limit", 1, PAGE_MAX),
        within(leaseMs, "lease_ms", 1, LEASE_MAX_MS),
      );
      return {
        actions: actions.map((action) => ({
          ...action,
          createdUnixMs: BigInt(action.createdUnixMs),
          dueUnixMs: BigInt(action.dueUnixMs),
        })),
      };
    }),
    settleAction: serve(async ({ actionId, retryUnixMs, history }) => {
      await store.settle(actionId, Number(retryUnixMs), history && itemOf(history));
      return {};
    }),
  };
}
