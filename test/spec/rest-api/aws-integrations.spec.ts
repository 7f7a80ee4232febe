import { describe, expect, it } from "vitest";
import { signRequest } from "@tollgate/iam";
import { startGateway } from "../../kit/gateway.ts";
import { deployHttpApi } from "../../kit/http-api.ts";
import { startMoto } from "../../kit/moto.ts";
import { startHttpUpstream } from "../../kit/upstream.ts";
import { use, useGateway } from "../../kit/use.ts";

const moto = use(startMoto);
const lenient = use(() => startMoto({ checksSignatures: false }));
const gateway = useGateway({
  functions: ["custom"],
  env: () => ({
    AWS_ENDPOINT_URL: moto.url,

    AWS_ACCESS_KEY_ID: moto.accessKeyId,
    AWS_SECRET_ACCESS_KEY: moto.secretAccessKey,
  }),
});
/** Takes actions from query strings, and any signature. */

const JSON_BODY = { "application/json": "$input.body" };
const arn = (rest: string) => `arn:aws:apigateway:us-east-1:${rest}`;
const aws = (uri: string, integration: object = {}) => ({
  integration: {
    type: "AWS",
    httpMethod: "POST",
    uri: arn(uri),
    requestTemplates: JSON_BODY,
    integrationResponses: {
      "200": {},
      "400": { selectionPattern: "4\\d\\d" },
      "500": { selectionPattern: "5\\d\\d" },
    },
    ...integration,
  },
});

/** Account endpoints that send one service, in a separate region, to the emulator that reads query strings. */
const toLenient = (service: string) =>
  gateway.apply([{ kind: "ServiceEndpoint", id: `${service}.eu-west-1`, spec: { url: lenient.url } }]);
const lenientAction = (uri: string, integration: object) => {
  const method = aws(uri, integration);
  return {
    integration: { ...method.integration, uri: method.integration.uri.replace("us-east-1", "eu-west-1") },
  };
};

/** Deploys methods and posts to them one after another; every call must get 200. */
async function steps(
  methods: Record<string, object>,
  calls: readonly (readonly [path: string, body: unknown])[],
): Promise<string[]> {
  const api = await gateway.deploy(methods as Record<string, Record<string, unknown>>);
  const bodies: string[] = [];
  for (const [path, body] of calls) {
    const reply = await gateway.invoke(api, path, {
      method: "POST",
      body: typeof body === "string" ? body : JSON.stringify(body),
      headers: { "Content-Type": "application/json" },
    });
    expect(reply.status, `${path}: ${reply.body}`).toBe(200);
    bodies.push(reply.body);
  }
  return bodies;
}

describe("AWS integrations against services that others wrote, which check every signature", () => {
  const form = (template: string) => ({
    requestParameters: { "integration.request.header.Content-Type": "'application/x-www-form-urlencoded'" },
    requestTemplates: { "application/json": template },
  });

  it("SQS by path and form", async () => {
    const [, sent, received] = await steps(
      {
        "POST /create": aws("sqs:path/", form("Action=CreateQueue&QueueName=$input.path('$.name')")),
        "POST /send": aws(
          "sqs:path/123456789012/orders",
          form("Action=SendMessage&MessageBody=$util.urlEncode($input.json('$.order'))"),
        ),
        "POST /receive": aws("sqs:path/123456789012/orders", form("Action=ReceiveMessage")),
      },
      [
        ["/create", { name: "orders" }],
        ["/send", { order: { id: 7, note: "a&b=é" } }],
        ["/receive", {}],
      ],
    );
    expect(sent).toContain("MessageId");
    expect(received?.replaceAll("&quot;", '"').replaceAll("&amp;", "&")).toContain('{"id":7,"note":"a&b=é"}');
  });

  it("SQS and SNS by action, with mapped query parameters", async () => {
    await toLenient("sqs");
    await toLenient("sns");
    const query = (parameters: Record<string, string>) => ({
      requestTemplates: {},
      requestParameters: Object.fromEntries(
        Object.entries(parameters).map(([name, source]) => [
          `integration.request.querystring.${name}`,
          source,
        ]),
      ),
    });
    const [queue, topic, published] = await steps(
      {
        "POST /queue": lenientAction(
          "sqs:action/CreateQueue",
          query({ QueueName: "method.request.body.name" }),
        ),
        "POST /topic": lenientAction("sns:action/CreateTopic", query({ Name: "'news'" })),
        "POST /publish": lenientAction(
          "sns:action/Publish",
          query({
            TopicArn: "'arn:aws:sns:eu-west-1:123456789012:news'",
            Message: "method.request.body.text",
          }),
        ),
      },
      [
        ["/queue", { name: "orders" }],
        ["/topic", {}],
        ["/publish", { text: "hello, world & all" }],
      ],
    );
    expect(queue).toContain("/orders");
    expect(topic).toContain("arn:aws:sns:eu-west-1:123456789012:news");
    expect(published).toContain("MessageId");
  });

  it("Kinesis by action: the target header is the gateway's", async () => {
    const [, put] = await steps(
      {
        "POST /create": aws("kinesis:action/CreateStream"),
        "POST /put": aws("kinesis:action/PutRecord", {
          requestTemplates: {
            "application/json":
              '{"StreamName": "clicks", "Data": "$util.base64Encode($input.json(\'$\'))", "PartitionKey": "$input.path(\'$.user\')"}',
          },
        }),
      },
      [
        ["/create", { StreamName: "clicks", ShardCount: 1 }],
        ["/put", { user: "u1", page: "/é" }],
      ],
    );
    expect(JSON.parse(put as string)).toMatchObject({ ShardId: "shardId-000000000000" });
  });

  it("DynamoDB by action, mapped both ways", async () => {
    const [, , got] = await steps(
      {
        "POST /create": aws("dynamodb:action/CreateTable"),
        "POST /put": aws("dynamodb:action/PutItem", {
          requestTemplates: {
            "application/json":
              '{"TableName": "pets", "Item": {"id": {"S": "$context.requestId"}, "name": {"S": "$input.path(\'$.name\')"}, "age": {"N": "$input.path(\'$.age\')"}}}',
          },
        }),
        "POST /scan": aws("dynamodb:action/Scan", {
          requestTemplates: { "application/json": '{"TableName": "pets"}' },
          integrationResponses: {
            "200": {
              responseTemplates: {
                "application/json":
                  '#set($items = $input.path(\'$.Items\'))[#foreach($i in $items){"name": "$i.name.S", "age": $i.age.N}#if($foreach.hasNext),#end#end]',
              },
            },
          },
        }),
      },
      [
        [
          "/create",
          {
            TableName: "pets",
            KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
            AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
            BillingMode: "PAY_PER_REQUEST",
          },
        ],
        ["/put", { name: "Tom", age: 3 }],
        ["/scan", {}],
      ],
    );
    expect(JSON.parse(got as string)).toEqual([{ name: "Tom", age: 3 }]);
  });

  it("Step Functions by action", async () => {
    const [, started] = await steps(
      {
        "POST /create": aws("states:action/CreateStateMachine"),
        "POST /start": aws("states:action/StartExecution", {
          requestTemplates: {
            "application/json":
              '{"input": "$util.escapeJavaScript($input.body)", "stateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:flow"}',
          },
        }),
      },
      [
        [
          "/create",
          {
            name: "flow",
            roleArn: "arn:aws:iam::123456789012:role/r",
            definition: '{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}',
          },
        ],
        ["/start", { a: 1 }],
      ],
    );
    expect(JSON.parse(started as string)).toMatchObject({
      executionArn: expect.stringContaining("execution:flow"),
    });
  });

  it("EventBridge by action: its target header has to be mapped", async () => {
    const [put] = await steps(
      {
        "POST /put": aws("events:action/PutEvents", {
          requestParameters: {
            "integration.request.header.X-Amz-Target": "'AWSEvents.PutEvents'",
            "integration.request.header.Content-Type": "'application/x-amz-json-1.1'",
          },
          requestTemplates: {
            "application/json":
              '{"Entries": [{"Source": "spec", "DetailType": "t", "Detail": "$util.escapeJavaScript($input.body)"}]}',
          },
        }),
      },
      [["/put", { a: 1 }]],
    );
    expect(JSON.parse(put as string)).toMatchObject({ FailedEntryCount: 0 });
  });

  it("SSM by action: its response is wrapped", async () => {
    const [, got] = await steps(
      { "POST /put": aws("ssm:action/PutParameter"), "POST /get": aws("ssm:action/GetParameter") },
      [
        ["/put", { Name: "p", Value: "v", Type: "String" }],
        ["/get", { Name: "p" }],
      ],
    );
    expect(JSON.parse(got as string)).toMatchObject({
      GetParameterResponse: { GetParameterResult: { Parameter: { Value: "v" } } },
    });
  });

  it("S3 by path: bytes go there and come back, keys with blanks and slashes too", async () => {
    const path = {
      "integration.request.path.bucket": "method.request.path.bucket",
      "integration.request.path.key": "method.request.path.key",
    };
    const declared = {
      requestParameters: { "method.request.path.bucket": true, "method.request.path.key": true },
    };
    const s3 = (verb: string, more: object = {}) => ({
      ...declared,
      ...aws("s3:path/{bucket}/{key}", {
        httpMethod: verb,
        requestParameters: path,
        requestTemplates: {},
        ...more,
      }),
    });
    const api = await gateway.deploy(
      {
        "PUT /s3/{bucket}": {
          requestParameters: { "method.request.path.bucket": true },
          ...aws("s3:path/{bucket}", {
            httpMethod: "PUT",
            requestTemplates: {},
            requestParameters: { "integration.request.path.bucket": "method.request.path.bucket" },
          }),
        },
        "PUT /s3/{bucket}/{key+}": s3("PUT"),
        "GET /s3/{bucket}/{key+}": s3("GET", {
          integrationResponses: {
            "200": {
              responseParameters: {
                "method.response.header.Content-Type": "integration.response.header.content-type",
              },
            },
            "404": { selectionPattern: "404" },
          },
        }),
      },
      { api: { binaryMediaTypes: ["image/png"] } },
    );
    const bytes = Buffer.from([0x89, 0x50, 0, 0xff]);
    expect((await gateway.invoke(api, "/s3/pictures", { method: "PUT" })).status).toBe(200);
    const put = await gateway.invoke(api, "/s3/pictures/a/b%20c.png", {
      method: "PUT",
      body: bytes,
      headers: { "Content-Type": "image/png" },
    });
    expect(put.status, put.body).toBe(200);
    const got = await gateway.invoke(api, "/s3/pictures/a/b%20c.png", { headers: { Accept: "image/png" } });
    expect([got.status, got.bytes.toString("hex"), got.headers["content-type"]]).toEqual([
      200,
      bytes.toString("hex"),
      "image/png",
    ]);
    expect((await gateway.invoke(api, "/s3/pictures/none")).status).toBe(404);
  });

  it("a role is assumed; its session signs", async () => {
    const whoAmI = form("Action=GetCallerIdentity&Version=2011-06-15");
    const api = await gateway.deploy(
      {
        "POST /role": aws("sts:path/", {
          ...whoAmI,
          credentials: "arn:aws:iam::123456789012:role/${stageVariables.role}",
        }),
        "POST /own": aws("sts:path/", whoAmI),
      },
      { stage: { variables: { role: "reader" } } },
    );
    const who = async (path: string) =>
      (await gateway.invoke(api, path, { method: "POST", body: "{}" })).body;
    expect(await who("/own")).toContain("arn:aws:iam::123456789012:user/gateway");
    expect(await who("/role")).toContain("arn:aws:sts::123456789012:assumed-role/reader/");
    expect(await who("/role")).toContain("assumed-role/reader/");
  });

  it("the caller's own credentials: the integration is called as the caller that signed, and as nobody else", async () => {
    const whoAmI = form("Action=GetCallerIdentity&Version=2011-06-15");
    const api = await gateway.deploy({
      "POST /who": aws("sts:path/", { ...whoAmI, credentials: "arn:aws:iam::*:user/*" }),
    });
    const url = `/_aws/execute-api/${api}/prod/who`;
    const host = `127.0.0.1:${gateway.httpPort}`;
    const signed = (
      secretAccessKey: string,
      accessKeyId = moto.accessKeyId,
      body = '{"a":1}',
      unixMs = Date.now(),
    ) => {
      const headers = ["Host", host, "Content-Type", "application/json"];
      const credentials = { accessKeyId, secretAccessKey, sessionToken: undefined };
      const request = { method: "POST", path: url, query: "q=a%20b", headers, body };
      return [
        ...headers,
        ...signRequest(request, { credentials, region: "us-east-1", service: "execute-api", unixMs }),
      ];
    };
    const who = async (headers: readonly string[]) => {
      const reply = await gateway.call(`${url}?q=a%20b`, { method: "POST", body: '{"a":1}', headers });
      return `${reply.status} ${reply.headers["x-amzn-errortype"] ?? ""} ${reply.body}`;
    };
    expect(await who(signed(moto.secretAccessKey))).toMatch(
      /^200 .*arn:aws:iam::123456789012:user\/gateway/s,
    );
    expect(await who(["Host", host])).toMatch(/^403 MissingAuthenticationTokenException/);
    expect(await who(signed("wrong"))).toMatch(/^403 InvalidSignatureException/);
    expect(await who(signed(moto.secretAccessKey, moto.accessKeyId, "another body"))).toMatch(
      /^403 InvalidSignatureException/,
    );
    expect(
      await who(signed(moto.secretAccessKey, moto.accessKeyId, '{"a":1}', Date.now() - 16 * 60_000)),
    ).toMatch(/^403 InvalidSignatureException/);
    expect(await who(signed(moto.secretAccessKey, "AKIANOBODY"))).toMatch(/^403 UnrecognizedClientException/);
  });

  it("a wrong key is refused by the service, and its response is mapped by status", async () => {
    await using other = await startGateway({
      AWS_ENDPOINT_URL: moto.url,
      AWS_ACCESS_KEY_ID: moto.accessKeyId,
      AWS_SECRET_ACCESS_KEY: "wrong",
    });
    const api = await other.deploy({ "POST /a": aws("dynamodb:action/ListTables") });
    const reply = await other.invoke(api, "/a", { method: "POST", body: "{}" });
    expect(reply.status).toBe(400);
    expect(reply.body).toContain("signature");
  });
});

describe("what is sent (rest §4, §5)", () => {
  it("only what is mapped; profiles of an account's endpoints sign; Referer never goes", async () => {
    const seen: { headers: Record<string, unknown>; url: string | undefined }[] = [];
    await using service = await startHttpUpstream((request, response) => {
      seen.push({ headers: request.headers, url: request.url });
      response.end("{}");
    });
    await gateway.apply([
      { kind: "ServiceEndpoint", id: "custom.*", spec: { url: `${service.origin}/base` } },
    ]);
    const api = await gateway.deploy({
      "POST /a/{id}": {
        requestParameters: { "method.request.path.id": true },
        ...aws("sub.custom:path/x/{id}?fixed=1", {
          requestParameters: {
            "integration.request.path.id": "method.request.path.id",
            "integration.request.querystring.q": "'v w'",
            "integration.request.header.Referer": "'r'",
            "integration.request.header.X-Mapped": "'m'",
          },
        }),
      },
    });
    const reply = await gateway.invoke(api, "/a/7", {
      method: "POST",
      body: "{}",
      headers: { "X-Client": "c" },
    });
    expect(reply.status).toBe(200);
    expect(seen[0]?.url).toBe("/base/x/7?fixed=1&q=v%20w");
    expect(seen[0]?.headers).toMatchObject({
      "x-mapped": "m",
      host: expect.stringMatching(/^sub\.127/),
      authorization: expect.stringContaining("/us-east-1/custom/aws4_request"),
    });
    expect(Object.keys(seen[0]?.headers ?? {})).not.toEqual(expect.arrayContaining(["x-client"]));
    expect(seen[0]?.headers.referer).toBeUndefined();
  });

  it.each([
    "Authorization",
    "Connection",
    "Expect",
    "Proxy-Authenticate",
    "TE",
    "Content-Length",
    "X-Amzn-Trace-Id",
  ])("mapping %s breaks AWS integrations", async (name) => {
    const api = await gateway.deploy({
      "POST /a": aws("sqs:action/ListQueues", {
        requestParameters: { [`integration.request.header.${name}`]: "'x'" },
      }),
    });
    expect((await gateway.invoke(api, "/a", { method: "POST" })).status).toBe(500);
  });
});

describe("Lambda, not as a proxy (rest §5)", () => {
  const lambda = (more: object = {}) =>
    aws(
      "lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:custom/invocations",
      {
        integrationResponses: {
          "200": {},
          "404": {
            selectionPattern: ".*NotFound.*",
            responseTemplates: { "application/json": "$input.path('$.errorMessage')" },
          },
          "500": { selectionPattern: ".+" },
        },
        ...more,
      },
    );
  it.each([
    { body: { do: "return", value: { a: 1 } }, status: 200, answer: '{"a":1}' },
    { body: { do: "return", value: "404" }, status: 200, answer: '"404"' },
    { body: { do: "throw", value: "NotFound: x" }, status: 404, answer: "NotFound: x" },
    { body: { do: "throw", value: "other" }, status: 500, answer: expect.stringContaining("errorMessage") },
    {
      body: { do: "return", value: { errorMessage: "NotFound by hand" } },
      status: 404,
      answer: "NotFound by hand",
    },
  ])("$body.do $body.value: $status", async ({ body, status, answer }) => {
    const api = await gateway.deploy({ "POST /a": lambda() });
    const reply = await gateway.invoke(api, "/a", { method: "POST", body: JSON.stringify(body) });
    expect([reply.status, reply.body]).toEqual([status, answer]);
  });

  it("X-Amz-Invocation-Type 'Event' makes it asynchronous: an empty 200", async () => {
    const api = await gateway.deploy({
      "POST /a": lambda({
        requestParameters: { "integration.request.header.X-Amz-Invocation-Type": "'Event'" },
      }),
    });
    const reply = await gateway.invoke(api, "/a", { method: "POST", body: '{"do":"throw","value":"later"}' });
    expect([reply.status, reply.body]).toEqual([200, ""]);
  });

  it("a function that does not exist is 500", async () => {
    const api = await gateway.deploy({ "POST /a": aws("lambda:path/2015-03-31/functions/none/invocations") });
    const reply = await gateway.invoke(api, "/a", { method: "POST", body: "{}" });
    expect([reply.status, reply.body]).toEqual([500, '{"message": "Internal server error"}']);
  });
});

it.each([
  { uri: "arn:aws:lambda:us-east-1:1:function:x", problem: /must contain path or action/ },
  { uri: "arn:aws:apigateway:us-east-1:sqs", problem: /must be the ARN arn:aws:apigateway/ },
  { uri: "http://x", problem: /must be the ARN arn:aws:apigateway/ },
])("$uri is refused", async ({ uri, problem }) => {
  await expect(gateway.deploy({ "POST /a": { integration: { type: "AWS", uri } } })).rejects.toThrow(problem);
});

describe("services that HTTP APIs call by integrationSubtype", () => {
  const action = (integrationSubtype: string, requestParameters: object) => ({
    integration: {
      integrationType: "AWS_PROXY",
      integrationSubtype,
      credentialsArn: "arn:aws:iam::123456789012:role/caller",
      requestParameters: { ...requestParameters, Region: "eu-west-1" },
    },
  });
  const QUEUE = "http://sqs.eu-west-1.amazonaws.com/123456789012/http-orders";
  const MACHINE = "arn:aws:states:eu-west-1:123456789012:stateMachine:http-flow";

  it("get what is mapped from calls, and respond themselves", async () => {
    for (const service of ["sqs", "events", "kinesis", "states"]) await toLenient(service);
    await steps(
      {
        "POST /queue": lenientAction("sqs:action/CreateQueue", {
          requestTemplates: {},
          requestParameters: { "integration.request.querystring.QueueName": "'http-orders'" },
        }),
        "POST /stream": lenientAction("kinesis:action/CreateStream", {}),
        "POST /machine": lenientAction("states:action/CreateStateMachine", {}),
      },
      [
        ["/queue", {}],
        ["/stream", { StreamName: "http-clicks", ShardCount: 1 }],
        [
          "/machine",
          {
            name: "http-flow",
            roleArn: "arn:aws:iam::123456789012:role/r",
            definition: '{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}',
          },
        ],
      ],
    );
    const api = await deployHttpApi(gateway, {
      routes: {
        "POST /send": action("SQS-SendMessage", { QueueUrl: QUEUE, MessageBody: "$request.body.order" }),
        "POST /receive": action("SQS-ReceiveMessage", { QueueUrl: QUEUE, AttributeNames: "All" }),
        "POST /delete": action("SQS-DeleteMessage", {
          QueueUrl: QUEUE,
          ReceiptHandle: "$request.body.handle",
        }),
        "POST /purge": action("SQS-PurgeQueue", { QueueUrl: QUEUE }),
        "POST /event": action("EventBridge-PutEvents", {
          Detail: "$request.body",
          DetailType: "order",
          Source: "shop",
        }),
        "POST /put": action("Kinesis-PutRecord", {
          StreamName: "http-clicks",
          Data: "$request.body.data",
          PartitionKey: "$request.body.user",
        }),
        "POST /start": action("StepFunctions-StartExecution", {
          StateMachineArn: MACHINE,
          Input: "$request.body",
          Name: "first",
        }),
        "POST /stop": action("StepFunctions-StopExecution", { ExecutionArn: "$request.body.arn" }),
      },
    });
    const post = async (path: string, body: object = {}) => {
      const headers = { "Content-Type": "application/json" };
      const reply = await api.call(path, { method: "POST", body: JSON.stringify(body), headers });
      expect(reply.status, `${path}: ${reply.body}`).toBe(200);
      return reply.body;
    };
    expect(await post("/send", { order: "a&b=é" })).toContain("<MessageId>");
    const received = await post("/receive");
    expect(received).toContain("<Body>a&amp;b=é</Body>");
    const handle = /<ReceiptHandle>(.*?)<\/ReceiptHandle>/.exec(received)?.[1];
    expect(await post("/delete", { handle })).toContain("DeleteMessageResponse");
    expect(await post("/purge")).toContain("PurgeQueueResponse");
    expect(JSON.parse(await post("/event", { id: 7 }))).toMatchObject({ FailedEntryCount: 0 });
    const record = { data: Buffer.from("clicked").toString("base64"), user: "u" };
    expect(JSON.parse(await post("/put", record))).toMatchObject({ ShardId: "shardId-000000000000" });
    const { executionArn: arn } = JSON.parse(await post("/start", { a: 1 })) as { executionArn: string };
    expect(arn).toContain("execution:http-flow:first");
    expect(JSON.parse(await post("/stop", { arn }))).toHaveProperty("stopDate");
  });
});
