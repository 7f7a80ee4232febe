import type { ShapedService } from "../../protocol/shaped/service.ts";
import { describeAlarmHistory } from "./alarm-history.ts";
import { alarmStateOperations } from "./alarm-state.ts";
import { describeAlarms, describeAlarmsForMetric } from "./describe-alarms.ts";
import { QUERY_CODES } from "./errors.ts";
import { getMetricData } from "./get-metric-data.ts";
import { getMetricStatistics } from "./get-metric-statistics.ts";
import { listMetrics } from "./list-metrics.ts";
import { putCompositeAlarm, putMetricAlarm } from "./put-alarm.ts";
import { putMetricData } from "./put-metric-data.ts";
import { tagOperations } from "./tags.ts";

/** monitoring is the part of CloudWatch that keeps and reads metrics, and alarms on them. Its clients speak one of three protocols. */
export const monitoring: ShapedService = {
  name: "monitoring",
  signingName: "monitoring",
  actionPrefix: "cloudwatch",
  version: "2010-08-01",
  shapeName: "GraniteServiceVersion20100801",
  shapeNamespace: "com.amazonaws.cloudwatch.v2010_08_01",
  xmlNamespace: "http://monitoring.amazonaws.com/doc/2010-08-01/",
  queryCodes: QUERY_CODES,
  operations: [
    getMetricData,
    getMetricStatistics,
    listMetrics,
    putMetricData,
    putMetricAlarm,
    putCompositeAlarm,
    describeAlarms,
    describeAlarmsForMetric,
    describeAlarmHistory,
    ...alarmStateOperations,
    ...tagOperations,
  ],
};
