import { z } from "zod";
import type { Mention } from "../define-kind.ts";

/** AWS's limit of the actions of a state. */
const ACTIONS_MAX = 5;

const actions = z
  .array(
    z
      .string()
      .max(1_024)
      .regex(/^arn:[a-z-]+:[a-z0-9-]+:[a-z0-9-]*:[a-z0-9-]*:[\x20-\x7e]+$/, {
        error: "must be an ARN, such as arn:aws:sns:us-east-1:000000000000:alerts",
      }),
  )
  .max(ACTIONS_MAX)
  .default([]);

/** actionMembers are the members of alarms that say what is done when their state changes (AWS: PutMetricAlarm). */
export const actionMembers = {
  alarmDescription: z.string().max(1_024).optional(),
  /** false: no action is done. */
  actionsEnabled: z.boolean().default(true),
  /** What is done at the state OK, ARNs: an SNS topic, a Lambda function, or a NotificationTarget. */
  okActions: actions,
  alarmActions: actions,
  insufficientDataActions: actions,
};

interface Actions {
  readonly okActions: readonly string[];
  readonly alarmActions: readonly string[];
  readonly insufficientDataActions: readonly string[];
}

const LISTS = ["okActions", "alarmActions", "insufficientDataActions"] as const;
const TARGET = /^arn:aws:tollgate:[^:]*:[^:]*:notification-target\/([\w.-]+)$/;

/** targetOfArn is the id of the NotificationTarget of an ARN; undefined: the ARN is of something else. */
export const targetOfArn = (arn: string): string | undefined => TARGET.exec(arn)?.[1];

/** targetArn is the ARN of a NotificationTarget. */
export const targetArn = (region: string, accountId: string, id: string): string =>
  `arn:aws:tollgate:${region}:${accountId}:notification-target/${id}`;

/** targetsOfActions are the NotificationTargets that the actions of an alarm name. */
export const targetsOfActions = (spec: Actions): readonly Mention[] =>
  LISTS.flatMap((list) => spec[list].map((arn, i) => ({ id: targetOfArn(arn), at: `${list}.${i}` })));

/** alarmId is what the names of alarms must be. */
export const alarmId = {
  pattern: /^(?!tollgate:)[^\p{Cc}]{1,255}$/u,
  help: "is the alarm's name: 1 to 255 characters without control characters, not beginning with 'tollgate:'",
};
