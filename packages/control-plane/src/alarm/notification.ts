import { alarmArn, type CompositeAlarm, type MetricAlarm } from "./alarm.ts";
import type { AlarmRecord } from "./alarm-records.ts";
import { awsDate } from "./state-reason.ts";

/** Notification is a change of an alarm's state, as it is reported to receivers of its actions. */
export interface Notification {
  /** The same for each attempt: a receiver recognizes by it what it has already. */
  readonly id: string;
  readonly region: string;
  readonly alarm: NotifiedAlarm;
  readonly state: StateOfAlarm;
  readonly previous: StateOfAlarm;
}

type NotifiedAlarm = Omit<MetricAlarm, "digest"> | Omit<CompositeAlarm, "digest">;

interface StateOfAlarm extends Pick<AlarmRecord, "state" | "reason" | "reasonData"> {
  readonly unixMs: number;
}

/** What AWS calls its regions; others have no other name. */
const REGIONS: Readonly<Record<string, string>> = {
  "us-east-1": "US East (N. Virginia)",
  "us-east-2": "US East (Ohio)",
  "us-west-1": "US West (N. California)",
  "us-west-2": "US West (Oregon)",
  "ca-central-1": "Canada (Central)",
  "eu-central-1": "EU (Frankfurt)",
  "eu-north-1": "EU (Stockholm)",
  "eu-west-1": "EU (Ireland)",
  "eu-west-2": "EU (London)",
  "eu-west-3": "EU (Paris)",
  "ap-northeast-1": "Asia Pacific (Tokyo)",
  "ap-northeast-2": "Asia Pacific (Seoul)",
  "ap-south-1": "Asia Pacific (Mumbai)",
  "ap-southeast-1": "Asia Pacific (Singapore)",
  "ap-southeast-2": "Asia Pacific (Sydney)",
  "sa-east-1": "South America (Sao Paulo)",
};

export const regionName = (region: string): string => REGIONS[region] ?? region;

/** subjectOf is the subject of a message about an alarm, as SNS sends it: ASCII, of at most 100 characters. */
export const subjectOf = ({ alarm: { name }, state: { state }, region }: Notification): string =>
  `${state}: "${name}" in ${regionName(region)}`.replace(/[^\x20-\x7e]/g, "?").slice(0, 100);

/** The words of messages for statistics: an upper-case one with underscores, as SAMPLE_COUNT. */
const upper = (statistic: string): string => statistic.replace(/(?<=[a-z])(?=[A-Z])/g, "_").toUpperCase();

function triggerOf(alarm: NotifiedAlarm): object | undefined {
  if (alarm.type !== "MetricAlarm") return undefined;
  const { spec } = alarm;
  const rest = {
    Period: spec.period,
    EvaluationPeriods: spec.evaluationPeriods,
    ...(spec.datapointsToAlarm === undefined ? {} : { DatapointsToAlarm: spec.datapointsToAlarm }),
    ComparisonOperator: spec.comparisonOperator,
    Threshold: spec.threshold,
    TreatMissingData: spec.treatMissingData ?? "missing",
    EvaluateLowSampleCountPercentile: spec.evaluateLowSampleCountPercentile ?? "",
  };
  if (spec.metrics.length > 0)
    return {
      ...rest,
      Metrics: spec.metrics.map(({ id, expression, label, returnData, metricStat }) => ({
        Id: id,
        ...(expression === undefined ? {} : { Expression: expression }),
        ...(label === undefined ? {} : { Label: label }),
        ...(metricStat
          ? {
              MetricStat: {
                Metric: {
                  Dimensions: metricStat.metric.dimensions,
                  MetricName: metricStat.metric.metricName,
                  Namespace: metricStat.metric.namespace,
                },
                Period: metricStat.period,
                Stat: metricStat.stat,
              },
            }
          : {}),
        ReturnData: returnData,
      })),
    };
  return {
    MetricName: spec.metricName,
    Namespace: spec.namespace,
    ...(spec.statistic === undefined
      ? { StatisticType: "ExtendedStatistic", ExtendedStatistic: spec.extendedStatistic }
      : { StatisticType: "Statistic", Statistic: upper(spec.statistic) }),
    Unit: spec.unit ?? null,
    Dimensions: spec.dimensions.map(({ name, value }) => ({ value, name })),
    ...rest,
  };
}

/** messageOf is what CloudWatch publishes to SNS about a change of an alarm. */
export function messageOf(notification: Notification): object {
  const { alarm, region, state, previous } = notification;
  const { spec, accountId, name } = alarm;
  const trigger = triggerOf(alarm);
  return {
    AlarmName: name,
    AlarmDescription: spec.alarmDescription ?? null,
    AWSAccountId: accountId,
    AlarmConfigurationUpdatedTimestamp: awsDate(alarm.updatedUnixMs),
    NewStateValue: state.state,
    NewStateReason: state.reason,
    ...(alarm.type === "CompositeAlarm" && state.reasonData !== ""
      ? { NewStateReasonData: state.reasonData, AlarmRule: alarm.spec.alarmRule }
      : {}),
    StateChangeTime: awsDate(state.unixMs),
    Region: regionName(region),
    AlarmArn: alarmArn(region, accountId, name),
    OldStateValue: previous.state,
    OKActions: spec.okActions,
    AlarmActions: spec.alarmActions,
    InsufficientDataActions: spec.insufficientDataActions,
    ...(trigger ? { Trigger: trigger } : {}),
  };
}

const stateView = ({ state, reason, reasonData, unixMs }: StateOfAlarm) => ({
  value: state,
  reason,
  ...(reasonData === "" ? {} : { reasonData }),
  timestamp: awsDate(unixMs),
});

function configurationOf(alarm: NotifiedAlarm): object {
  const { alarmDescription } = alarm.spec;
  const description = alarmDescription === undefined ? {} : { description: alarmDescription };
  if (alarm.type === "CompositeAlarm") return { ...description, alarmRule: alarm.spec.alarmRule };
  const { spec } = alarm;
  if (spec.metrics.length > 0) return { ...description, metrics: spec.metrics };
  const { namespace, dimensions, metricName: name, period, statistic, extendedStatistic, unit } = spec;
  const metric = {
    namespace,
    name,
    dimensions: Object.fromEntries(dimensions.map((dimension) => [dimension.name, dimension.value])),
  };
  const stat = {
    metric,
    period,
    stat: statistic ?? extendedStatistic,
    ...(unit === undefined ? {} : { unit }),
  };
  return { ...description, metrics: [{ id: "m1", metricStat: stat, returnData: true }] };
}

/** lambdaEventOf is the event that CloudWatch gives to a function about a change of an alarm. */
export function lambdaEventOf(notification: Notification): object {
  const { alarm, region, state, previous } = notification;
  return {
    source: "aws.cloudwatch",
    alarmArn: alarmArn(region, alarm.accountId, alarm.name),
    accountId: alarm.accountId,
    time: awsDate(state.unixMs),
    region,
    alarmData: {
      alarmName: alarm.name,
      state: stateView(state),
      previousState: stateView(previous),
      configuration: configurationOf(alarm),
    },
  };
}

/** mailOf is the text of a mail about a change of an alarm. */
export function mailOf(notification: Notification): string {
  const { alarm, region, state, previous } = notification;
  return [
    `The alarm "${alarm.name}" is in the state ${state.state} since ${new Date(state.unixMs).toUTCString()}. It was ${previous.state}.`,
    "",
    ...(alarm.spec.alarmDescription === undefined ? [] : [alarm.spec.alarmDescription, ""]),
    `Reason: ${state.reason}`,
    `Account: ${alarm.accountId}`,
    `Region: ${regionName(region)}`,
    `ARN: ${alarmArn(region, alarm.accountId, alarm.name)}`,
    `Notification: ${notification.id}`,
    "",
  ].join("\n");
}
