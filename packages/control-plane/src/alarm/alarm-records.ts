import type { AlarmState } from "@tollgate/config";
import { AlarmService } from "@tollgate/proto/alarms";
import { type ClientOptions, createClient, type ServiceClient } from "@tollgate/proto/grpc";
import { RpcCode } from "@tollgate/proto/rpc";
import { Refusal } from "../refusal.ts";

const TIMEOUT_MS = 30_000;
/** A process that ends does not wait long to say so. */
const LEAD_TIMEOUT_MS = 5_000;

export type AlarmType = "MetricAlarm" | "CompositeAlarm";

/** AlarmRecord is what metering keeps of an alarm. */
export interface AlarmRecord {
  readonly accountId: string;
  readonly alarmName: string;
  readonly alarmType: AlarmType;
  readonly state: AlarmState;
  readonly reason: string;
  /** JSON; empty: there is none. */
  readonly reasonData: string;
  /** When the state or its reason was written, and when the state became another one. */
  readonly updatedUnixMs: number;
  readonly transitionedUnixMs: number;
  /** Digest of the config that was recorded last. */
  readonly configDigest: string;
  /** 0: nothing is kept yet. */
  readonly version: number;
}

export type HistoryType = "ConfigurationUpdate" | "StateUpdate" | "Action";

export interface HistoryItem {
  readonly accountId: string;
  readonly alarmName: string;
  readonly alarmType: AlarmType;
  readonly timeUnixMs: number;
  readonly itemType: HistoryType;
  readonly summary: string;
  /** JSON. */
  readonly data: string;
}

/** AlarmAction is something to do because an alarm changed. */
export interface AlarmAction {
  readonly actionId: string;
  readonly accountId: string;
  readonly alarmName: string;
  readonly alarmType: AlarmType;
  /** ARN. */
  readonly target: string;
  /** JSON: a Notification. */
  readonly content: string;
  /** When it is to be done first; 0: at once. */
  readonly dueUnixMs: number;
}

export interface TakenAction extends AlarmAction {
  readonly createdUnixMs: number;
  /** How often it was handed out, this time included. */
  readonly attempts: number;
}

/** newHistoryItem is what history says of an action. */
export const newHistoryItem = (
  { accountId, alarmName, alarmType, target, actionId, attempts }: TakenAction,
  summary: string,
  timeUnixMs: number,
): HistoryItem => ({
  accountId,
  alarmName,
  alarmType,
  timeUnixMs,
  itemType: "Action",
  summary,
  data: JSON.stringify({ version: "1.0", actionId, notificationResource: target, attempts }),
});

/** AlarmWrite is everything that is written of an alarm at once. */
export interface AlarmWrite {
  readonly record: AlarmRecord;
  readonly isRemoved?: boolean;
  readonly history: readonly HistoryItem[];
  readonly actions?: readonly AlarmAction[];
}

export interface HistoryQuery {
  readonly accountId: string;
  /** Empty: all. */
  readonly alarmName: string;
  readonly itemType: string;
  readonly alarmTypes: readonly string[];
  /** 0: all. */
  readonly startUnixMs: number;
  readonly endUnixMs: number;
  readonly isOldestFirst: boolean;
  readonly offset: number;
  readonly limit: number;
}

/** AlarmRecords is what metering keeps of alarms: states, history, and actions that have not ended. */
export interface AlarmRecords {
  /** Of an account; empty: of all. */
  list(accountId: string): Promise<readonly AlarmRecord[]>;
  /** All or nothing; false: the alarm was written since its version was read. */
  write(write: AlarmWrite): Promise<boolean>;
  history(
    query: HistoryQuery,
  ): Promise<{ readonly items: readonly HistoryItem[]; readonly hasMore: boolean }>;
  /** Makes a process the one that evaluates, unless another one is; with a lease of 0 it stops to be. */
  lead(owner: string, leaseMs: number): Promise<boolean>;
  takeActions(limit: number, leaseMs: number): Promise<readonly TakenAction[]>;
  /** Ends an action (0), or makes it due again at a time. */
  settleAction(actionId: string, retryUnixMs: number, history?: HistoryItem): Promise<void>;
}

type Send<T> = (
  client: ServiceClient<typeof AlarmService>,
  options: { readonly deadline: Date },
) => Promise<T>;

const wireItem = (item: HistoryItem) => ({ ...item, timeUnixMs: BigInt(item.timeUnixMs) });

const wireRecord = (record: AlarmRecord) => ({
  ...record,
  updatedUnixMs: BigInt(record.updatedUnixMs),
  transitionedUnixMs: BigInt(record.transitionedUnixMs),
  version: BigInt(record.version),
});

type Client = ServiceClient<typeof AlarmService>;
type Returned<K extends keyof Client> = Client[K] extends (...args: never[]) => Promise<infer R> ? R : never;

const recordOf = (record: Returned<"listAlarmRecords">["records"][number]): AlarmRecord => ({
  ...record,
  alarmType: record.alarmType as AlarmType,
  state: record.state as AlarmState,
  updatedUnixMs: Number(record.updatedUnixMs),
  transitionedUnixMs: Number(record.transitionedUnixMs),
  version: Number(record.version),
});

const itemOf = (item: Returned<"listAlarmHistory">["items"][number]): HistoryItem => ({
  ...item,
  alarmType: item.alarmType as AlarmType,
  itemType: item.itemType as HistoryType,
  timeUnixMs: Number(item.timeUnixMs),
});

const actionOf = (action: Returned<"takeActions">["actions"][number]): TakenAction => ({
  ...action,
  alarmType: action.alarmType as AlarmType,
  createdUnixMs: Number(action.createdUnixMs),
  dueUnixMs: Number(action.dueUnixMs),
});

/** Sends requests, and throws refusals. */
function askerOf(client: Client, address: string) {
  return async <T>(send: Send<T>, timeoutMs = TIMEOUT_MS): Promise<T> => {
    try {
      return await send(client, { deadline: new Date(Date.now() + timeoutMs) });
    } catch (error) {
      const { code = -1, details, message } = error as { code?: number; details?: string; message: string };
      throw code === RpcCode.INVALID_ARGUMENT
        ? new Refusal("invalid", details ?? message)
        : new Refusal("unavailable", `the alarms at ${address} cannot be reached: ${message}`);
    }
  };
}

/** connectAlarms reads and writes what the metering at an address keeps of alarms. It connects at the first request. */
export function connectAlarms(metering: ClientOptions): AlarmRecords & Disposable {
  const client = createClient(AlarmService, metering);
  const ask = askerOf(client, metering.address);
  return {
    async list(accountId) {
      const { records } = await ask((alarms, options) => alarms.listAlarmRecords({ accountId }, options));
      return records.map(recordOf);
    },
    async write({ record, isRemoved: removed = false, history, actions = [] }) {
      const wireActions = actions.map((action) => ({ ...action, dueUnixMs: BigInt(action.dueUnixMs) }));
      const request = {
        record: wireRecord(record),
        removed,
        history: history.map(wireItem),
        actions: wireActions,
      };
      return (await ask((alarms, options) => alarms.recordAlarm(request, options))).recorded;
    },
    async history({ startUnixMs, endUnixMs, isOldestFirst: oldestFirst, alarmTypes, ...query }) {
      const range = { startUnixMs: BigInt(startUnixMs), endUnixMs: BigInt(endUnixMs) };
      const request = { ...query, ...range, alarmTypes: [...alarmTypes], oldestFirst };
      const { items, hasMore } = await ask((alarms, options) => alarms.listAlarmHistory(request, options));
      return { hasMore, items: items.map(itemOf) };
    },
    async lead(owner, leaseMs) {
      const { leads } = await ask(
        (alarms, options) => alarms.leadEvaluation({ owner, leaseMs }, options),
        LEAD_TIMEOUT_MS,
      );
      return leads;
    },
    async takeActions(limit, leaseMs) {
      const { actions } = await ask((alarms, options) => alarms.takeActions({ limit, leaseMs }, options));
      return actions.map(actionOf);
    },
    async settleAction(actionId, retryUnixMs, history) {
      const item = history ? { history: wireItem(history) } : {};
      const request = { actionId, retryUnixMs: BigInt(retryUnixMs), ...item };
      await ask((alarms, options) => alarms.settleAction(request, options));
    },
    [Symbol.dispose]() {
      client.close();
    },
  };
}
