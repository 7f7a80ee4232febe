import { z } from "zod";
import { actionMembers, alarmId, targetsOfActions } from "../alarm/actions.ts";
import { AlarmRuleProblem, alarmNameOf, alarmsOfRule, parseAlarmRule } from "../alarm/alarm-rule.ts";
import { defineKind, type EntityPart, type Mention } from "../define-kind.ts";
import { facts } from "../facts.ts";
import { raise } from "../problem.ts";
import { tags } from "../tags.ts";
import { Alarm } from "./alarm.ts";
import { NotificationTarget } from "./notification-target.ts";

const spec = z
  .strictObject({
    ...actionMembers,
    /** Such as ALARM(errors) AND NOT OK("slow calls"); alarms by their names or ARNs. */
    alarmRule: z.string().min(1).max(10_240),
    /** The name or the ARN of an alarm; while it is in the state ALARM, no action is done. */
    actionsSuppressor: z.string().min(1).max(1_600).optional(),
    /** How long, in seconds, actions wait for the suppressor to go to ALARM. */
    actionsSuppressorWaitPeriod: z.int().min(0).max(86_400).optional(),
    /** How long, in seconds, actions wait after the suppressor left ALARM. */
    actionsSuppressorExtensionPeriod: z.int().min(0).max(86_400).optional(),
    tags: tags.optional(),
  })
  .superRefine((alarm, context) => {
    try {
      parseAlarmRule(alarm.alarmRule);
    } catch (error) {
      if (!(error instanceof AlarmRuleProblem)) throw error;
      raise(context, facts.ALARM_RULE_INVALID({ reason: error.message }), ["alarmRule"]);
    }
    for (const member of ["actionsSuppressorWaitPeriod", "actionsSuppressorExtensionPeriod"] as const)
      if ((alarm[member] === undefined) !== (alarm.actionsSuppressor === undefined))
        raise(
          context,
          alarm.actionsSuppressor === undefined
            ? facts.ONLY_WITH({ condition: "with actionsSuppressor" })
            : facts.REQUIRED_WITH({ condition: "with actionsSuppressor" }),
          [member],
        );
  });

/** compositeChildren are the names of the alarms that a composite alarm reads. */
const childrenOf = ({
  spec: { alarmRule, actionsSuppressor },
}: EntityPart<z.output<typeof spec>>): Mention[] => [
  ...alarmsOfRule(parseAlarmRule(alarmRule)).map((id) => ({ id, at: "alarmRule" })),
  {
    id: actionsSuppressor === undefined ? undefined : alarmNameOf(actionsSuppressor),
    at: "actionsSuppressor",
  },
];

export const CompositeAlarm = defineKind({
  name: "CompositeAlarm",
  about:
    "An alarm on the states of other alarms, as one of Amazon CloudWatch (PutCompositeAlarm). Its id is its name.",
  spec,
  collection: "compositealarms",
  id: alarmId,
  references: [
    { to: Alarm, orItself: true, of: childrenOf },
    { to: NotificationTarget, of: ({ spec: given }) => targetsOfActions(given) },
  ],
  /** (5000) */
  quota: "compositeAlarms",
});
