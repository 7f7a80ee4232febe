import { expect, it } from "vitest";
import { planStack } from "../index.ts";

const IDENTITY = { name: "shop", accountId: "123456789012", region: "eu-west-1", parameters: {} };

it("alarms of a template become entities", () => {
  const { entities, findings, outputs } = planStack(
    `Resources:
  Topic: { Type: AWS::SNS::Topic }
  Errors:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmDescription: too many
      Namespace: AWS/ApiGateway
      MetricName: 5XXError
      Dimensions: [{ Name: ApiName, Value: pets }]
      Statistic: Sum
      Period: "60"
      EvaluationPeriods: 3
      DatapointsToAlarm: 2
      Threshold: "5"
      ComparisonOperator: GreaterThanThreshold
      TreatMissingData: notBreaching
      AlarmActions: [!Ref Topic]
      OKActions: [!Ref Topic]
      Tags: [{ Key: team, Value: pets }]
  Rate:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmName: shop/rate
      EvaluationPeriods: 1
      Threshold: 0.05
      ComparisonOperator: GreaterThanThreshold
      Metrics:
        - { Id: errors, ReturnData: false, MetricStat: { Metric: { Namespace: AWS/ApiGateway, MetricName: 5XXError }, Period: 300, Stat: Sum } }
        - { Id: rate, Expression: errors / 100 }
  Any:
    Type: AWS::CloudWatch::CompositeAlarm
    Properties: { AlarmName: any, AlarmRule: !Sub 'ALARM("\${Errors}") OR ALARM("\${Rate}")' }
Outputs: { Arn: { Value: !GetAtt Errors.Arn } }`,
    IDENTITY,
  );
  expect(findings.filter(({ level }) => level === "error")).toEqual([]);
  const topic = "arn:aws:sns:eu-west-1:123456789012:shop-Topic";
  expect(entities.map(({ manifest: { kind, id, spec } }) => ({ kind, id, spec }))).toMatchObject([
    {
      kind: "Alarm",
      id: "shop-Errors",
      spec: {
        period: 60,
        threshold: 5,
        datapointsToAlarm: 2,
        alarmActions: [topic],
        okActions: [topic],
        tags: { team: "pets" },
        dimensions: [{ name: "ApiName", value: "pets" }],
      },
    },
    {
      kind: "Alarm",
      id: "shop/rate",
      spec: {
        metrics: [
          {
            id: "errors",
            returnData: false,
            metricStat: { metric: { metricName: "5XXError" }, stat: "Sum" },
          },
          { id: "rate", expression: "errors / 100" },
        ],
      },
    },
    { kind: "CompositeAlarm", id: "any", spec: { alarmRule: 'ALARM("shop-Errors") OR ALARM("shop/rate")' } },
  ]);
  expect(outputs.Arn?.value).toBe("arn:aws:cloudwatch:eu-west-1:123456789012:alarm:shop-Errors");
});
