import type { JsonOperation } from "../../protocol/json/operation.ts";
import { alarmArn } from "./alarm-names.ts";
import { sizeOf, typesOf } from "./describe-alarms.ts";
import { monitoringError, notOneOf } from "./errors.ts";
import { INTEGER, type Input, nextToken, STRING, STRINGS, structure, TIME, textOf } from "./inputs.ts";

const ITEM_TYPES = ["Action", "StateUpdate", "ConfigurationUpdate"];
const ORDERS = ["TimestampDescending", "TimestampAscending"];

function offsetOf(input: Input): number {
  const token = textOf(input, "NextToken");
  if (token === "") return 0;
  const offset = Number(/^h(\d{1,9})$/.exec(Buffer.from(token, "base64url").toString())?.[1] ?? Number.NaN);
  if (!Number.isInteger(offset))
    throw monitoringError("InvalidNextToken", "The value of NextToken is invalid.");
  return offset;
}

function oneOf(input: Input, name: string, values: readonly string[]): string {
  const value = textOf(input, name);
  if (value !== "" && !values.includes(value))
    throw notOneOf(value, name.charAt(0).toLowerCase() + name.slice(1), values);
  return value;
}

const unixMs = (input: Input, name: string): number => (input[name] as Date | undefined)?.getTime() ?? 0;

/** describeAlarmHistory is DescribeAlarmHistory (AWS: CloudWatch API reference). */
export const describeAlarmHistory: JsonOperation = {
  name: "DescribeAlarmHistory",
  isReadOnly: true,
  input: structure({
    AlarmName: STRING,
    AlarmTypes: STRINGS,
    HistoryItemType: STRING,
    StartDate: TIME,
    EndDate: TIME,
    MaxRecords: INTEGER,
    NextToken: STRING,
    ScanBy: STRING,
  }),
  resource: (request) => alarmArn(request, textOf(request.input, "AlarmName") || "*"),
  async run({ input, application, caller }) {
    const offset = offsetOf(input);
    const limit = sizeOf(input, 100);
    const types = typesOf(input);
    const alarmName = textOf(input, "AlarmName");
    const { items, hasMore } = await application.alarms.history({
      accountId: caller.accountId,
      alarmName,
      itemType: oneOf(input, "HistoryItemType", ITEM_TYPES),
      alarmTypes: types.length > 0 || alarmName !== "" ? types : ["MetricAlarm"],
      startUnixMs: unixMs(input, "StartDate"),
      endUnixMs: unixMs(input, "EndDate"),
      isOldestFirst: oneOf(input, "ScanBy", ORDERS) === "TimestampAscending",
      offset,
      limit,
    });
    return {
      AlarmHistoryItems: items.map((item) => ({
        AlarmName: item.alarmName,
        AlarmType: item.alarmType,
        Timestamp: new Date(item.timeUnixMs),
        HistoryItemType: item.itemType,
        HistorySummary: item.summary,
        HistoryData: item.data,
      })),
      ...nextToken(hasMore ? Buffer.from(`h${offset + limit}`).toString("base64url") : ""),
    };
  },
};
