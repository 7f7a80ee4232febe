import { expect, it } from "vitest";
import { type Entity, kinds } from "@tollgate/config";
import { expressionProblems } from "./validate-alarms.ts";

const metricStat = {
  stat: "Sum",
  period: 60,
  metric: { namespace: "AWS/ApiGateway", metricName: "5XXError", dimensions: [] },
};
const alarm = (expression: string): Entity<"Alarm"> => ({
  kind: "Alarm",
  apiId: "",
  id: "rate",
  labels: {},
  spec: kinds.Alarm.spec.parse({
    metrics: [
      { id: "errors", returnData: false, metricStat },
      { id: "rate", expression },
    ],
    evaluationPeriods: 1,
    threshold: 1,
    comparisonOperator: "GreaterThanThreshold",
  }),
});

it("an alarm whose expression cannot be computed is refused when it is written", () => {
  expect(expressionProblems(alarm("errors * 100"))).toEqual([]);
  expect(expressionProblems(alarm("errors * / 100"))).toMatchObject([
    {
      path: "Alarm/rate.metrics[1].expression",
      code: "ALARM_EXPRESSION",
      message: "cannot be computed: unexpected '/'",
    },
  ]);
  expect(expressionProblems(alarm("errors / calls"))).toMatchObject([
    { message: "cannot be computed: there is no metric with the id 'calls'" },
  ]);
});
