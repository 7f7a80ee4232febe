import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { acm, logs, monitoring, xray } from "@tollgate/aws-api";
import { signRequest } from "@tollgate/iam";
import type { Application } from "../application.ts";
import { createAccounts } from "../change/accounts.ts";
import { createIdentities } from "../identity/identities.ts";
import { Sessions } from "../identity/sessions.ts";
import { startMemoryApplication } from "../memory-application.ts";
import type { AdapterContext } from "./adapter-context.ts";
import { createApplicationPort } from "./application-port.ts";
import { CallRate } from "./call-rate.ts";
import { serveCall } from "./serve-call.ts";

const ACCOUNT = "000000000000";
const OTHER = "222222222222";
const USER = "ada";

let application: Application & AsyncDisposable;
let context: AdapterContext;
let credentials: { accessKeyId: string; secretAccessKey: string; sessionToken: undefined };

interface Wire {
  readonly service: string;
  readonly path?: string;
  readonly target?: string;
  readonly body: string;
}

async function send({ service, path = "/", target, body }: Wire, isSigned = true) {
  const headers = ["Host", "localhost", ...(target === undefined ? [] : ["X-Amz-Target", target])];
  const content = Buffer.from(body);
  const signed = signRequest(
    { method: "POST", path, query: "", headers, body: content },
    { credentials, region: "us-east-1", service, unixMs: Date.now() },
  );
  const { response } = await serveCall(
    { ...context, isSigned },
    {
      requestId: "r",
      method: "POST",
      path,
      query: "",
      headers: [...headers, ...(isSigned ? signed : [])],
      body: content,
      sourceIp: "127.0.0.1",
      userAgent: "spec",
    },
  );
  return { status: response.status, text: response.body.toString() };
}

/** A call of IAM by the account itself. */
const byAccount = (action: string, parameters: Record<string, string>) => {
  const body = new URLSearchParams({ Action: action, Version: "2010-05-08", ...parameters });
  return send({ service: "iam", body: body.toString() }, false);
};

const allow = async (...statements: readonly { Action: string; Resource: string; Effect?: string }[]) => {
  const { status } = await byAccount("PutUserPolicy", {
    UserName: USER,
    PolicyName: "own",
    PolicyDocument: JSON.stringify({
      Version: "2012-10-17",
      Statement: statements.map((one) => ({ Effect: "Allow", ...one })),
    }),
  });
  expect(status).toBe(200);
};

beforeAll(async () => {
  application = await startMemoryApplication();
  context = {
    application,
    port: createApplicationPort(application),
    identities: createIdentities(createAccounts(application)),
    sessions: new Sessions(application),
    isSigned: true,
    region: "us-east-1",
    rate: new CallRate(),
  };
  credentials = { accessKeyId: "none", secretAccessKey: "none", sessionToken: undefined };
  await byAccount("CreateUser", { UserName: USER });
  const { text } = await byAccount("CreateAccessKey", { UserName: USER });
  const member = (name: string) => new RegExp(`<${name}>([^<]+)<`).exec(text)?.[1] ?? "";
  credentials = {
    accessKeyId: member("AccessKeyId"),
    secretAccessKey: member("SecretAccessKey"),
    sessionToken: undefined,
  };
});
afterAll(() => application[Symbol.asyncDispose]());

const GROUP = { logGroupName: "g" };
const STREAM = { ...GROUP, logStreamName: "s" };
const groupArn = `arn:aws:logs:us-east-1:${ACCOUNT}:log-group:g`;
const CERTIFICATE = {
  CertificateArn: `arn:aws:acm:us-east-1:${ACCOUNT}:certificate/12345678-1234-1234-1234-123456789012`,
};
const TAGS = [{ Key: "a", Value: "b" }];
const alarmArn = `arn:aws:cloudwatch:us-east-1:${ACCOUNT}:alarm:a`;
const ALARM = {
  AlarmName: "a",
  EvaluationPeriods: 1,
  ComparisonOperator: "GreaterThanThreshold",
  Threshold: 1,
  Namespace: "n",
  MetricName: "m",
  Statistic: "Sum",
  Period: 60,
};
const METRIC = { Namespace: "n", MetricName: "m" };
const SPAN = { StartTime: 1_700_000_000, EndTime: 1_700_003_600 };
const RULE = {
  RuleName: "r",
  ResourceARN: "*",
  Priority: 1,
  FixedRate: 0.1,
  ReservoirSize: 1,
  ServiceName: "*",
  ServiceType: "*",
  Host: "*",
  HTTPMethod: "*",
  URLPath: "*",
  Version: 1,
};

/** For each operation, what its shape requires. */
const INPUTS: Readonly<Record<string, Readonly<Record<string, object>>>> = {
  logs: {
    CreateLogGroup: GROUP,
    DeleteLogGroup: GROUP,
    DescribeLogGroups: {},
    PutRetentionPolicy: { ...GROUP, retentionInDays: 1 },
    DeleteRetentionPolicy: GROUP,
    CreateLogStream: STREAM,
    DeleteLogStream: STREAM,
    DescribeLogStreams: GROUP,
    PutLogEvents: { ...STREAM, logEvents: [{ timestamp: 1_700_000_000_000, message: "m" }] },
    GetLogEvents: STREAM,
    FilterLogEvents: GROUP,
    TagResource: { resourceArn: groupArn, tags: { a: "b" } },
    UntagResource: { resourceArn: groupArn, tagKeys: ["a"] },
    ListTagsForResource: { resourceArn: groupArn },
    TagLogGroup: { ...GROUP, tags: { a: "b" } },
    UntagLogGroup: { ...GROUP, tags: ["a"] },
    ListTagsLogGroup: GROUP,
    StartQuery: {
      ...GROUP,
      startTime: 1_700_000_000,
      endTime: 1_700_003_600,
      queryString: "fields @message",
    },
    GetLogRecord: { logRecordPointer: "none" },
    GetQueryResults: { queryId: "q" },
    StopQuery: { queryId: "q" },
    DescribeQueries: {},
    StartLiveTail: { logGroupIdentifiers: [groupArn] },
  },
  acm: {
    ImportCertificate: { Certificate: "YQ==", PrivateKey: "YQ==" },
    DescribeCertificate: CERTIFICATE,
    GetCertificate: CERTIFICATE,
    ListCertificates: {},
    DeleteCertificate: CERTIFICATE,
    RequestCertificate: { DomainName: "a.example" },
    RenewCertificate: CERTIFICATE,
    AddTagsToCertificate: { ...CERTIFICATE, Tags: TAGS },
    RemoveTagsFromCertificate: { ...CERTIFICATE, Tags: TAGS },
    ListTagsForCertificate: CERTIFICATE,
  },
  monitoring: {
    GetMetricData: { MetricDataQueries: [], ...SPAN },
    GetMetricStatistics: { ...METRIC, ...SPAN, Period: 60, Statistics: ["Sum"] },
    ListMetrics: {},
    PutMetricData: { Namespace: "n", MetricData: [{ MetricName: "m", Value: 1 }] },
    PutMetricAlarm: ALARM,
    PutCompositeAlarm: { AlarmName: "a", AlarmRule: "TRUE" },
    DescribeAlarms: {},
    DescribeAlarmsForMetric: METRIC,
    DescribeAlarmHistory: {},
    SetAlarmState: { AlarmName: "a", StateValue: "OK", StateReason: "r" },
    EnableAlarmActions: { AlarmNames: ["a"] },
    DisableAlarmActions: { AlarmNames: ["a"] },
    DeleteAlarms: { AlarmNames: ["a"] },
    TagResource: { ResourceARN: alarmArn, Tags: TAGS },
    UntagResource: { ResourceARN: alarmArn, TagKeys: ["a"] },
    ListTagsForResource: { ResourceARN: alarmArn },
  },
  xray: {
    PutTraceSegments: { TraceSegmentDocuments: [] },
    BatchGetTraces: { TraceIds: [] },
    GetTraceSummaries: SPAN,
    GetServiceGraph: SPAN,
    GetTraceGraph: { TraceIds: [] },
    GetSamplingRules: {},
    CreateSamplingRule: { SamplingRule: RULE },
    UpdateSamplingRule: { SamplingRuleUpdate: { RuleName: "r", FixedRate: 0.2 } },
    DeleteSamplingRule: { RuleName: "r" },
    GetSamplingTargets: { SamplingStatisticsDocuments: [] },
  },
};

const PREFIXES: Readonly<Record<string, string>> = {
  logs: "Logs_20140328",
  acm: "CertificateManager",
  monitoring: "GraniteServiceVersion20100801",
};

const operations = [logs, acm, monitoring, xray].flatMap((service) =>
  service.operations.map((operation) => {
    const { name } = operation;
    const body = JSON.stringify(INPUTS[service.name]?.[name] ?? "the operation has no row");
    const wire: Wire =
      "path" in operation
        ? { service: service.name, path: operation.path, body }
        : { service: service.name, target: `${PREFIXES[service.name]}.${name}`, body };
    return {
      name: `${service.name}:${name}`,
      action: `${service.actionPrefix ?? service.name}:${name}`,
      wire,
    };
  }),
);

const DENIED = /is not authorized to perform: (\S+) on resource: ([^"\\\s]+)/;

describe("with IAM on", () => {
  it.each(operations)("$name needs a policy that allows it", async ({ action, wire }) => {
    await allow({ Action: "sts:GetCallerIdentity", Resource: "*" });
    const refused = await send(wire);
    const [, needed, resource = ""] = DENIED.exec(refused.text) ?? [];
    expect([refused.status, needed]).toEqual([wire.path === undefined ? 400 : 403, action]);

    await allow({ Action: action, Resource: resource });
    const allowed = await send(wire);
    expect(allowed.text).not.toMatch(DENIED);
    expect([401, 403]).not.toContain(allowed.status);

    await allow({ Action: action, Resource: "*" }, { Action: action, Resource: resource, Effect: "Deny" });
    expect((await send(wire)).text).toMatch(/with an explicit deny/);

    if (resource === "*") return;
    expect(resource).toContain(`:${ACCOUNT}:`);
    await allow({ Action: action, Resource: resource.replace(ACCOUNT, OTHER) });
    expect((await send(wire)).text).toMatch(DENIED);
  });

  it.each(operations)("$name does not exist for who has not signed", async ({ wire }) => {
    const unsigned = await serveCall(context, {
      requestId: "r",
      method: "POST",
      path: wire.path ?? "/",
      query: "",
      headers: ["Host", "localhost", ...(wire.target === undefined ? [] : ["X-Amz-Target", wire.target])],
      body: Buffer.from(wire.body),
      sourceIp: "127.0.0.1",
      userAgent: "spec",
    });
    expect(unsigned.response.body.toString()).toContain("Missing");
  });
});
