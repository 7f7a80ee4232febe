import {
  alarmNameOf,
  alarmsOfRule,
  type Entity,
  type Problem,
  parseAlarmRule,
  problemAt,
} from "@tollgate/config";
import { checkExpressions } from "@tollgate/metric-store/expressions";
import { facts } from "../facts.ts";
import type { View } from "./view.ts";

/** The other kind of alarms, which has the same space of names. */
const OTHER = { Alarm: "CompositeAlarm", CompositeAlarm: "Alarm" } as const;

/** alarmProblems reports an alarm whose name an alarm of the other kind has. */
export function alarmProblems(view: View, { kind, id }: Entity<keyof typeof OTHER>): readonly Problem[] {
  const other = OTHER[kind];
  return view.find(other, "", id)
    ? [problemAt(`${kind}/${id}.id`, facts.ALARM_NAME_TAKEN({ kind: other }))]
    : [];
}

/** expressionProblems reports expressions of an alarm that cannot be computed, whatever its metrics are. */
export function expressionProblems({ id, spec }: Entity<"Alarm">): readonly Problem[] {
  return checkExpressions(spec.metrics).map(({ id: query, message }) => {
    const at = spec.metrics.findIndex((one) => one.id === query);
    return problemAt(`Alarm/${id}.metrics[${at}].expression`, facts.ALARM_EXPRESSION({ reason: message }));
  });
}

/** The alarms on the way from an alarm back to itself; undefined: there is none. */
function cycleOf(view: View, start: string): readonly string[] | undefined {
  const seen = new Set<string>();
  const visit = (name: string, way: readonly string[]): readonly string[] | undefined => {
    const spec = view.find("CompositeAlarm", "", name)?.spec;
    if (!spec) return undefined;
    const { alarmRule, actionsSuppressor } = spec;
    const next = [
      ...alarmsOfRule(parseAlarmRule(alarmRule)),
      ...(actionsSuppressor === undefined ? [] : [alarmNameOf(actionsSuppressor)]),
    ];
    for (const child of next) {
      if (child === start) return [...way, child];
      if (seen.has(child)) continue;
      seen.add(child);
      const found = visit(child, [...way, child]);
      if (found) return found;
    }
    return undefined;
  };
  return visit(start, [start]);
}

/** cycleProblems reports a composite alarm that depends on itself. */
export function cycleProblems(view: View, { id }: Entity<"CompositeAlarm">): readonly Problem[] {
  const cycle = cycleOf(view, id);
  return cycle
    ? [problemAt(`CompositeAlarm/${id}.alarmRule`, facts.ALARM_CYCLE({ alarms: cycle.join(" -> ") }))]
    : [];
}
