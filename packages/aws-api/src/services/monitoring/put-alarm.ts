import type { SpecOf } from "@tollgate/config";
import type { AccountView } from "../../port.ts";
import type { JsonOperation, JsonRequest } from "../../protocol/json/operation.ts";
import type { Shape } from "../../protocol/json/shape.ts";
import { ofAlarm } from "./alarm-names.ts";
import {
  ACTION_SHAPES,
  COMPOSITE_SHAPES,
  checkMetricAlarm,
  METRIC_SHAPES,
  specIn,
  TAGS,
} from "./alarm-spec.ts";
import { validation } from "./errors.ts";
import { type Input, STRING, shortEnough, structure, textOf } from "./inputs.ts";

const NAME_MAX = 255;

interface PutAlarm {
  readonly name: string;
  readonly kind: "Alarm" | "CompositeAlarm";
  readonly shapes: Readonly<Record<string, Shape>>;
  readonly required: readonly string[];
  readonly check?: (input: Input) => void;
}

/** What an alarm has besides what PutMetricAlarm and PutCompositeAlarm replace: its tags. */
const tagsOfStored = (account: AccountView, kind: PutAlarm["kind"], name: string) => {
  const stored = account.get(kind, "", name);
  return stored && ((stored.entity.spec as SpecOf<PutAlarm["kind"]>).tags ?? {});
};

function putAlarm({ name, kind, shapes, required, check = () => undefined }: PutAlarm): JsonOperation {
  const members = { ...ACTION_SHAPES, ...shapes };
  return {
    name,
    input: structure({ AlarmName: STRING, ...members, Tags: TAGS }, ["AlarmName", ...required]),
    resource: ofAlarm,
    async run({ input, application, caller }: JsonRequest) {
      const id = textOf(input, "AlarmName");
      shortEnough(id, "alarmName", NAME_MAX);
      if (id === "")
        throw validation(
          "1 validation error detected: Value '' at 'alarmName' failed to satisfy constraint: Member must have length greater than or equal to 1",
        );
      check(input);
      await application.change(caller.accountId, (account) => ({
        puts: [{ kind, apiId: "", id, spec: specIn(input, members, tagsOfStored(account, kind, id)) }],
      }));
      return undefined;
    },
  };
}

/** putMetricAlarm is PutMetricAlarm (AWS: CloudWatch API reference). */
export const putMetricAlarm = putAlarm({
  name: "PutMetricAlarm",
  kind: "Alarm",
  shapes: METRIC_SHAPES,
  required: ["EvaluationPeriods", "ComparisonOperator"],
  check: checkMetricAlarm,
});

/** putCompositeAlarm is PutCompositeAlarm (AWS: CloudWatch API reference). */
export const putCompositeAlarm = putAlarm({
  name: "PutCompositeAlarm",
  kind: "CompositeAlarm",
  shapes: COMPOSITE_SHAPES,
  required: ["AlarmRule"],
});
