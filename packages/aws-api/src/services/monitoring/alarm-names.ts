import type { JsonRequest } from "../../protocol/json/operation.ts";
import { textOf } from "./inputs.ts";

type Place = Pick<JsonRequest, "region" | "caller">;

/** alarmArn is the ARN of an alarm by its name. */
export const alarmArn = ({ region, caller: { accountId } }: Place, name: string): string =>
  `arn:aws:cloudwatch:${region}:${accountId}:alarm:${name}`;

/** ofAlarm is the alarm that an operation is about, for policies. */
export const ofAlarm = (request: JsonRequest): string =>
  alarmArn(request, textOf(request.input, "AlarmName"));

/** ofAllAlarms are all alarms, for policies. */
export const ofAllAlarms = (request: JsonRequest): string => alarmArn(request, "*");

/** alarmNameIn is the name in an ARN of an alarm; undefined: it is none of an alarm of the caller. */
export function alarmNameIn(place: Place, arn: string): string | undefined {
  const prefix = alarmArn(place, "");
  return arn.startsWith(prefix) && arn.length > prefix.length ? arn.slice(prefix.length) : undefined;
}
