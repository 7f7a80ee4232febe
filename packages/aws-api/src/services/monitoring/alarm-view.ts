import { alarmNameOf, alarmsOfRule, type Kind, parseAlarmRule, type SpecOf } from "@tollgate/config";
import type { AlarmStateView } from "../../alarms-port.ts";
import type { Stored } from "../../port.ts";
import { Double } from "../../protocol/double.ts";
import type { JsonRequest } from "../../protocol/json/operation.ts";
import { alarmArn } from "./alarm-names.ts";
import { viewOf } from "./alarm-spec.ts";

/** AlarmType is how responses call the kinds of alarms. */
export type AlarmType = "MetricAlarm" | "CompositeAlarm";

/** KnownAlarm is an alarm with its state. */
export interface KnownAlarm {
  readonly type: AlarmType;
  readonly name: string;
  readonly spec: SpecOf<"Alarm"> | SpecOf<"CompositeAlarm">;
  readonly updatedUnixMs: number;
  readonly state: AlarmStateView;
}

const TYPES = [
  ["Alarm", "MetricAlarm"],
  ["CompositeAlarm", "CompositeAlarm"],
] as const satisfies readonly (readonly [Kind, AlarmType])[];

const NEW: Omit<AlarmStateView, "updatedUnixMs" | "transitionedUnixMs"> = {
  state: "INSUFFICIENT_DATA",
  reason: "Unchecked: Initial alarm creation",
  reasonData: "",
};

/** knownAlarms are the alarms of a caller by name. */
export async function knownAlarms({ application, caller }: JsonRequest): Promise<readonly KnownAlarm[]> {
  const account = application.account(caller.accountId);
  const states = await application.alarms.states(caller.accountId);
  const known = TYPES.flatMap(([kind, type]) =>
    (account.list(kind, "") as readonly Stored<"Alarm" | "CompositeAlarm">[]).map(
      ({ entity: { id, spec }, createdUnixMs, updatedUnixMs }) => ({
        type,
        name: id,
        spec,
        updatedUnixMs,
        state: states.get(id) ?? { ...NEW, updatedUnixMs: createdUnixMs, transitionedUnixMs: createdUnixMs },
      }),
    ),
  );
  return known.sort((a, b) => Number(a.name > b.name) - Number(a.name < b.name));
}

/** viewOfAlarm is an alarm as responses have it. */
export function viewOfAlarm(request: JsonRequest, { name, spec, updatedUnixMs, state }: KnownAlarm): object {
  const view = viewOf(spec);
  const { Threshold, Metrics, ...rest } = view;
  const updated = new Date(updatedUnixMs);
  return {
    AlarmName: name,
    AlarmArn: alarmArn(request, name),
    ...rest,
    ...(Threshold === undefined ? {} : { Threshold: new Double(Threshold as number) }),
    ...(Array.isArray(Metrics) && Metrics.length > 0 ? { Metrics } : {}),
    AlarmConfigurationUpdatedTimestamp: updated,
    StateValue: state.state,
    StateReason: state.reason,
    ...(state.reasonData === "" ? {} : { StateReasonData: state.reasonData }),
    StateUpdatedTimestamp: new Date(state.updatedUnixMs),
    StateTransitionedTimestamp: new Date(state.transitionedUnixMs),
  };
}

/** childrenOf are the names of the alarms that an alarm reads. */
export const childrenOf = ({ spec }: KnownAlarm): readonly string[] =>
  "alarmRule" in spec
    ? [
        ...alarmsOfRule(parseAlarmRule(spec.alarmRule)),
        ...(spec.actionsSuppressor === undefined ? [] : [alarmNameOf(spec.actionsSuppressor)]),
      ]
    : [];
