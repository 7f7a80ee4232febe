import type { AlarmState, SpecOf } from "@tollgate/config";
import type { AccountState } from "../mirror/mirror.ts";
import type { StoredEntity } from "../mirror/stored-entity.ts";
import type { AlarmRecord, AlarmType } from "./alarm-records.ts";
import { CREATED_REASON } from "./state-reason.ts";

interface AlarmHead {
  readonly accountId: string;
  readonly name: string;
  /** Digest of its config: another one is another config. */
  readonly digest: string;
  readonly updatedUnixMs: number;
}

export interface MetricAlarm extends AlarmHead {
  readonly type: "MetricAlarm";
  readonly spec: SpecOf<"Alarm">;
}

export interface CompositeAlarm extends AlarmHead {
  readonly type: "CompositeAlarm";
  readonly spec: SpecOf<"CompositeAlarm">;
}

/** ConfiguredAlarm is an alarm as it is configured. */
export type ConfiguredAlarm = MetricAlarm | CompositeAlarm;

const headOf = (accountId: string, { entity: { id }, digest, updatedUnixMs }: StoredEntity): AlarmHead => ({
  accountId,
  name: id,
  digest,
  updatedUnixMs,
});

/** alarmsOf are the alarms that an account has configured. */
export function alarmsOf(accountId: string, account: AccountState): readonly ConfiguredAlarm[] {
  const metric = account
    .stored("Alarm", "")
    .map((one) => ({ ...headOf(accountId, one), type: "MetricAlarm" as const, spec: one.entity.spec }));
  const composite = account
    .stored("CompositeAlarm", "")
    .map((one) => ({ ...headOf(accountId, one), type: "CompositeAlarm" as const, spec: one.entity.spec }));
  return [...metric, ...composite];
}

export const alarmArn = (region: string, accountId: string, name: string): string =>
  `arn:aws:cloudwatch:${region}:${accountId}:alarm:${name}`;

/** newRecord is what is known of an alarm before anything is kept of it. */
export const newRecord = ({
  accountId,
  name,
  type,
  updatedUnixMs,
}: {
  accountId: string;
  name: string;
  type: AlarmType;
  updatedUnixMs: number;
}): AlarmRecord => ({
  accountId,
  alarmName: name,
  alarmType: type,
  state: "INSUFFICIENT_DATA",
  reason: CREATED_REASON,
  reasonData: "",
  updatedUnixMs,
  transitionedUnixMs: updatedUnixMs,
  configDigest: "",
  version: 0,
});

/** The lists of actions of the states. */
const ACTIONS = {
  OK: "okActions",
  ALARM: "alarmActions",
  INSUFFICIENT_DATA: "insufficientDataActions",
} as const satisfies Record<AlarmState, string>;

/** actionsAt are the ARNs of what is done when an alarm comes to a state. */
export const actionsAt = ({ spec }: Pick<ConfiguredAlarm, "spec">, state: AlarmState): readonly string[] =>
  spec.actionsEnabled ? spec[ACTIONS[state]] : [];
