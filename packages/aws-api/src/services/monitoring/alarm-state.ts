import type { AlarmStateView } from "../../alarms-port.ts";
import type { AccountView, Draft } from "../../port.ts";
import type { Intent } from "../../protocol/endpoint.ts";
import type { JsonOperation, JsonRequest } from "../../protocol/json/operation.ts";
import { alarmArn, ofAlarm } from "./alarm-names.ts";
import { STATES } from "./describe-alarms.ts";
import { monitoringError, notOneOf, validation } from "./errors.ts";
import { boundedBy, type Input, listOf, STRING, STRINGS, shortEnough, structure, textOf } from "./inputs.ts";

const REASON_MAX = 1_023;
const REASON_DATA_MAX = 4_000;
const NAMES_MAX = 100;

function reasonDataOf(input: Input): string {
  const text = textOf(input, "StateReasonData");
  shortEnough(text, "stateReasonData", REASON_DATA_MAX);
  if (text === "") return text;
  try {
    JSON.parse(text);
    return text;
  } catch {
    throw monitoringError("InvalidFormatFault", "StateReasonData is not JSON.");
  }
}

/** setAlarmState is SetAlarmState (AWS: CloudWatch API reference). */
export const setAlarmState: JsonOperation = {
  name: "SetAlarmState",
  input: structure({ AlarmName: STRING, StateValue: STRING, StateReason: STRING, StateReasonData: STRING }, [
    "AlarmName",
    "StateValue",
    "StateReason",
  ]),
  resource: ofAlarm,
  async run({ input, application, caller }) {
    const state = textOf(input, "StateValue");
    if (!STATES.includes(state)) throw notOneOf(state, "stateValue", STATES);
    const reason = textOf(input, "StateReason");
    shortEnough(reason, "stateReason", REASON_MAX);
    await application.alarms.setState(caller.accountId, textOf(input, "AlarmName"), {
      state: state as AlarmStateView["state"],
      reason,
      reasonData: reasonDataOf(input),
    });
    return undefined;
  },
};

const namesOf = (input: Input): readonly string[] => [...new Set(listOf<string>(input, "AlarmNames"))];

type AlarmKind = "Alarm" | "CompositeAlarm";

const kindOf = (account: AccountView, name: string): AlarmKind | undefined => {
  if (account.get("Alarm", "", name)) return "Alarm";
  return account.get("CompositeAlarm", "", name) ? "CompositeAlarm" : undefined;
};

/** A policy must allow an operation on each of the alarms that it names. */
function onEach(name: string): Pick<JsonOperation, "resource" | "alsoNeeds"> {
  const arnsOf = (request: JsonRequest) => namesOf(request.input).map((one) => alarmArn(request, one));
  return {
    resource: (request) => arnsOf(request)[0] ?? alarmArn(request, "*"),
    alsoNeeds: (request) =>
      arnsOf(request).reduceRight<Intent | undefined>(
        (and, resource) => ({ action: `cloudwatch:${name}`, resource, and }),
        undefined,
      ) ?? { action: `cloudwatch:${name}`, resource: alarmArn(request, "*") },
  };
}

const input = structure({ AlarmNames: STRINGS }, ["AlarmNames"]);

/** EnableAlarmActions and DisableAlarmActions leave out alarms that are not there, as on AWS. */
const switchActions = (name: string, actionsEnabled: boolean): JsonOperation => ({
  name,
  input,
  ...onEach(name),
  async run({ input: given, application, caller }) {
    boundedBy(listOf(given, "AlarmNames"), "alarmNames", NAMES_MAX);
    await application.change(caller.accountId, (account) => ({
      puts: namesOf(given).flatMap((id): Draft[] => {
        const kind = kindOf(account, id);
        const stored = kind && account.get(kind, "", id);
        return kind && stored
          ? [{ kind, apiId: "", id, spec: { ...stored.entity.spec, actionsEnabled } }]
          : [];
      }),
    }));
    return undefined;
  },
});

/** deleteAlarms is DeleteAlarms (AWS: CloudWatch API reference): alarms that are not there are none to delete. */
const deleteAlarms: JsonOperation = {
  name: "DeleteAlarms",
  input,
  ...onEach("DeleteAlarms"),
  async run({ input: given, application, caller }) {
    boundedBy(listOf(given, "AlarmNames"), "alarmNames", NAMES_MAX);
    const composites = (account: AccountView) =>
      namesOf(given).filter((name) => kindOf(account, name) === "CompositeAlarm");
    await application.change(caller.accountId, (account) => {
      if (composites(account).length > 1)
        throw validation("You can delete up to 1 composite alarm in one operation.");
      return {
        deletes: namesOf(given).flatMap((id) => {
          const kind = kindOf(account, id);
          return kind ? [{ kind, apiId: "", id }] : [];
        }),
      };
    });
    return undefined;
  },
};

/** alarmStateOperations change states of alarms, and whether they act. */
export const alarmStateOperations: readonly JsonOperation[] = [
  setAlarmState,
  switchActions("EnableAlarmActions", true),
  switchActions("DisableAlarmActions", false),
  deleteAlarms,
];
