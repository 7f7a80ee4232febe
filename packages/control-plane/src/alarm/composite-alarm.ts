import { type AlarmRule, type AlarmState, alarmsOfRule, isRuleTrue, parseAlarmRule } from "@tollgate/config";
import { alarmArn, type CompositeAlarm } from "./alarm.ts";
import type { AlarmRecord } from "./alarm-records.ts";
import type { NewState } from "./change-state.ts";
import { awsDate } from "./state-reason.ts";

const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];

/** Sunday 29 November, 2026 10:15:00 UTC, as CloudWatch writes it in reasons. */
function longDate(unixMs: number): string {
  const date = new Date(unixMs);
  const day = String(date.getUTCDate()).padStart(2, "0");
  const time = date.toISOString().slice(11, 19);
  return `${DAYS[date.getUTCDay()]} ${day} ${MONTHS[date.getUTCMonth()]}, ${date.getUTCFullYear()} ${time} UTC`;
}

/** AWS names at most so many alarms. */
const TRIGGERS_MAX = 10;

const rules = new WeakMap<CompositeAlarm["spec"], AlarmRule>();

function ruleOf(spec: CompositeAlarm["spec"]): AlarmRule {
  const known = rules.get(spec);
  if (known) return known;
  const rule = parseAlarmRule(spec.alarmRule);
  rules.set(spec, rule);
  return rule;
}

/** childrenOf are the names of the alarms that a composite alarm reads. */
export const childrenOf = ({ spec }: CompositeAlarm): readonly string[] => alarmsOfRule(ruleOf(spec));

/** evaluateComposite decides the state of an alarm from those of other alarms. */
export function evaluateComposite(
  alarm: CompositeAlarm,
  recordOf: (name: string) => AlarmRecord | undefined,
  region: string,
): NewState {
  const state: AlarmState = isRuleTrue(ruleOf(alarm.spec), (name) => recordOf(name)?.state) ? "ALARM" : "OK";
  const children = childrenOf(alarm)
    .flatMap((name) => recordOf(name) ?? [])
    .toSorted((a, b) => b.transitionedUnixMs - a.transitionedUnixMs);
  const [last] = children;
  const triggers = children.slice(0, TRIGGERS_MAX).map((child) => ({
    arn: alarmArn(region, alarm.accountId, child.alarmName),
    state: { value: child.state, timestamp: awsDate(child.transitionedUnixMs) },
  }));
  return {
    state,
    reason: last
      ? `${alarmArn(region, alarm.accountId, last.alarmName)} transitioned to ${last.state} at ${longDate(last.transitionedUnixMs)}`
      : `The rule is ${state === "ALARM" ? "true" : "false"} and reads no alarm`,
    reasonData: JSON.stringify({ triggeringAlarms: triggers }),
  };
}
