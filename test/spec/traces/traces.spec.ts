import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { run } from "../../kit/cache.ts";
import { tollgate } from "../../kit/cli.ts";
import { awsCli } from "../../kit/python.ts";
import { mock } from "../../kit/rest-api.ts";
import { useBoto, useGateway } from "../../kit/use.ts";

const gateway = useGateway();
const apigateway = useBoto(gateway);
const xray = () => apigateway.as("xray");

const AWS_ENV = {
  PATH: process.env.PATH,
  AWS_ACCESS_KEY_ID: "any",
  AWS_SECRET_ACCESS_KEY: "any",
  AWS_DEFAULT_REGION: "us-east-1",
};
const WAIT = { timeout: 90_000, interval: 50 };
const rootNow = (n: number) =>
  `1-${Math.trunc(Date.now() / 1_000).toString(16)}-${n.toString(16).padStart(24, "0")}`;
const range = () => ({
  StartTime: Date.now() / 1_000 - 600,
  EndTime: Date.now() / 1_000 + 5,
});

describe("what traced calls leave behind", () => {
  const root = rootNow(1);
  const failed = rootNow(2);
  const function_ = { id: "00000000000000f1", parent_id: "00000000000000aa", name: "hello" };
  let api = "";

  it("are traces that boto3, the AWS CLI and tollgate trace show, without secrets", async () => {
    api = await gateway.deploy(
      {
        "GET /fine": mock("fine"),
        "GET /broken": { integration: { type: "MOCK", requestTemplates: { "application/json": "none" } } },
      },
      { stage: { tracingEnabled: true } },
    );
    const secrets = { Authorization: "Bearer planted-token", Cookie: "sid=planted-cookie" };
    await gateway.invoke(api, "/fine?key=planted-query", {
      headers: { ...secrets, "X-Amzn-Trace-Id": `Root=${root};Sampled=1` },
    });
    await gateway.invoke(api, "/broken", { headers: { "X-Amzn-Trace-Id": `Root=${failed};Sampled=1` } });
    const traces = await vi.waitFor(async () => {
      const found = await xray().call("batch_get_traces", { TraceIds: [root, failed] });
      expect(found.Traces).toHaveLength(2);
      return found.Traces;
    }, WAIT);
    const documents = traces.flatMap(({ Segments }: { Segments: { Document: string }[] }) =>
      Segments.map(({ Document }) => Document),
    );
    expect(documents.join("\n")).not.toContain("planted");
    expect(JSON.parse(documents[0] as string)).toMatchObject({
      trace_id: root,
      origin: "AWS::ApiGateway::Stage",
      http: { response: { status: 200 } },
    });
    const shown = await tollgate(["trace", `Root=${root};Sampled=1`], gateway.cliEnv);
    expect(shown.stdout, shown.stderr).toMatch(/\/prod \(AWS::ApiGateway::Stage\) GET http:\S+\/fine 200\n/);
    const unknown = await tollgate(["trace", rootNow(9)], gateway.cliEnv);
    expect([unknown.exitCode, unknown.stderr]).toEqual([1, expect.stringContaining("there is no trace")]);
    const program = join(await awsCli(), "aws");
    const url = ["--endpoint-url", gateway.controlUrl];
    const { stdout } = await run(program, ["xray", "batch-get-traces", "--trace-ids", root, ...url], {
      env: AWS_ENV,
    });
    expect(stdout).toContain(root);
  });

  it("are found by filter expressions, and are a graph with what functions send", async () => {
    const filter = { FilterExpression: `fault AND annotation[aws:api_id] = "${api}"` };
    const { TraceSummaries } = await xray().call("get_trace_summaries", { ...range(), ...filter });
    expect(TraceSummaries).toMatchObject([{ Id: failed, HasFault: true, Http: { HttpStatus: 500 } }]);
    expect(
      await xray().refused("get_trace_summaries", { ...range(), FilterExpression: "colour = 1" }),
    ).toMatchObject({
      code: "InvalidRequestException",
    });
    const now = Date.now() / 1_000;
    const document = {
      ...function_,
      trace_id: root,
      start_time: now,
      end_time: now + 0.01,
      origin: "AWS::Lambda::Function",
    };
    const { UnprocessedTraceSegments } = await xray().call("put_trace_segments", {
      TraceSegmentDocuments: [JSON.stringify(document), JSON.stringify({ ...document, id: "short" })],
    });
    expect(UnprocessedTraceSegments).toMatchObject([{ Id: "short", ErrorCode: "InvalidSegment" }]);
    const { Services } = await xray().call("get_service_graph", range());
    expect(Services.map(({ Name, Type }: { Name: string; Type: string }) => [Name, Type])).toEqual(
      expect.arrayContaining([["hello", "AWS::Lambda::Function"]]),
    );
  });
});

it("sampling rules are kept, and decide at once", async () => {
  const { SamplingRuleRecords } = await xray().call("get_sampling_rules", {});
  expect(SamplingRuleRecords).toMatchObject([
    { SamplingRule: { RuleName: "Default", Priority: 10_000, FixedRate: 0.05, ReservoirSize: 1 } },
  ]);
  const api = await gateway.deploy({ "GET /sampled": mock("x") }, { stage: { tracingEnabled: true } });
  const rule = {
    RuleName: "all",
    Priority: 1,
    FixedRate: 1,
    ReservoirSize: 0,
    ServiceName: "*",
    ServiceType: "*",
    Host: "*",
    HTTPMethod: "GET",
    URLPath: "/sampled",
    ResourceARN: `*/restapis/${api}/*`,
    Version: 1,
  };
  const { SamplingRuleRecord } = await xray().call("create_sampling_rule", { SamplingRule: rule });
  expect(SamplingRuleRecord.SamplingRule).toMatchObject({
    RuleName: "all",
    RuleARN: "arn:aws:xray:us-east-1:000000000000:sampling-rule/all",
  });
  expect(await xray().refused("create_sampling_rule", { SamplingRule: rule })).toMatchObject({
    code: "InvalidRequestException",
  });
  await vi.waitFor(async () => {
    for (let i = 0; i < 10; i++) await gateway.invoke(api, "/sampled");
    const filter = { FilterExpression: `annotation[aws:api_id] = "${api}"` };
    const { TraceSummaries } = await xray().call("get_trace_summaries", { ...range(), ...filter });
    expect(TraceSummaries.length).toBeGreaterThanOrEqual(10);
  }, WAIT);
  await xray().call("update_sampling_rule", { SamplingRuleUpdate: { RuleName: "all", FixedRate: 0 } });
  const client = {
    ClientID: "0".repeat(24),
    RequestCount: 1,
    SampledCount: 0,
    Timestamp: Date.now() / 1_000,
  };
  const targets = await xray().call("get_sampling_targets", {
    SamplingStatisticsDocuments: [
      { RuleName: "all", ...client },
      { RuleName: "none", ...client },
    ],
  });
  expect(targets).toMatchObject({
    SamplingTargetDocuments: [{ RuleName: "all", FixedRate: 0 }],
    UnprocessedStatistics: [{ RuleName: "none" }],
  });
  await xray().call("delete_sampling_rule", { RuleName: "all" });
  expect(await xray().refused("delete_sampling_rule", { RuleName: "Default" })).toMatchObject({
    code: "InvalidRequestException",
  });
});
