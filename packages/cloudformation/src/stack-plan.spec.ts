import { describe, expect, it } from "vitest";
import { isTemplate, type PlanOptions, planStack } from "./index.ts";

const options: PlanOptions = {
  name: "shop",
  accountId: "123456789012",
  region: "eu-west-1",
  parameters: {},
  exported: (name) => (name === "theirs" ? "exported!" : undefined),
};
const API = "  Api: { Type: AWS::ApiGateway::RestApi, Properties: { Name: x } }";

const plan = (text: string, more: Partial<PlanOptions> = {}) => planStack(text, { ...options, ...more });
const errorsOf = (text: string, more: Partial<PlanOptions> = {}) =>
  plan(text, more)
    .findings.filter(({ level }) => level === "error")
    .map(({ line, pointer, message }) => `${line} ${pointer} ${message}`);

/** The value of a function, as an output of a template with parameters, mappings and conditions. */
function valueOf(expression: string): { value: string | undefined; errors: string[] } {
  const text = `
Parameters:
  Name: { Type: String, Default: ada }
  List: { Type: CommaDelimitedList, Default: "a, b,c" }
  Count: { Type: Number, Default: 3 }
Mappings: { Sizes: { small: { eu-west-1: "1" } } }
Conditions:
  Met: !Equals [!Ref Name, ada]
  Unmet: !Not [!Condition Met]
  Both: !And [!Condition Met, !Or [!Condition Unmet, !Condition Met]]
  Plain: true
Resources:
${API}
  Fn: { Type: AWS::Lambda::Function, Properties: { FunctionName: greet } }
  Queue: { Type: AWS::SQS::Queue }
  Gone: { Type: AWS::SQS::Queue, Condition: Unmet }
Outputs:
  Out: { Value: ${expression} }
`;
  const { outputs, findings } = plan(text);
  return {
    value: outputs.Out?.value,
    errors: findings.filter(({ level }) => level === "error").map(({ message }) => message),
  };
}

describe("an object whose member has the name of an inherited one", () => {
  it.each(["toString", "valueOf", "constructor", "__proto__"])(
    "%s: is reported, and breaks nothing",
    (name) => {
      const usagePlan = `{ CreateUsagePlan: { ${name}: false }, UsagePlanName: all }`;
      const text = `
Transform: AWS::Serverless-2016-10-31
Resources:
  One: { Type: AWS::Serverless::Api, Properties: { StageName: v1, Auth: { UsagePlan: ${usagePlan} } } }
`;
      expect(errorsOf(text).join()).toContain("CreateUsagePlan");
    },
  );
});

describe("functions of a template", () => {
  it.each([
    ["!Ref Name", "ada"],
    ["{ Ref: Name }", "ada"],
    ["!Ref AWS::Region", "eu-west-1"],
    ["!Ref AWS::StackName", "shop"],
    ["!Ref AWS::AccountId", "123456789012"],
    ["!Ref Fn", "greet"],
    ["!GetAtt Fn.Arn", "arn:aws:lambda:eu-west-1:123456789012:function:greet"],
    ["!GetAtt [Fn, Arn]", "arn:aws:lambda:eu-west-1:123456789012:function:greet"],
    ["{ Fn::GetAtt: Fn.Arn }", "arn:aws:lambda:eu-west-1:123456789012:function:greet"],
    ["!GetAtt Queue.QueueName", "shop-Queue"],
    [
      '!Sub "${Name} at ${Queue.Arn} ${!Kept}"',
      "ada at arn:aws:sqs:eu-west-1:123456789012:shop-Queue ${Kept}",
    ],
    ['!Sub ["${x}-${Name}", { x: !Select [1, !Ref List] }]', "b-ada"],
    ["!Join ['-', [a, !Ref Name, 1]]", "a-ada-1"],
    ["!Join ['', !Split [',', 'a,b']]", "ab"],
    ["!Select [0, !GetAZs '']", "eu-west-1a"],
    ["!FindInMap [Sizes, small, !Ref AWS::Region]", "1"],
    ["!FindInMap [Sizes, large, x, { DefaultValue: none }]", "none"],
    ["!If [Both, yes it is, !Ref Nowhere]", "yes it is"],
    ["!If [Plain, a, b]", "a"],
    ["!If [Unmet, a, b]", "b"],
    ["!Base64 hello", "aGVsbG8="],
    ["!Join [',', !Cidr [10.0.0.0/16, 2, 8]]", "10.0.0.0/24,10.0.1.0/24"],
    ["!ImportValue theirs", "exported!"],
    ["!Length [a, b]", "2"],
    ["!ToJsonString { a: [!Ref Count, !Ref Name] }", '{"a":["3","ada"]}'],
  ])("%s", (expression, value) => {
    expect(valueOf(expression)).toEqual({ value, errors: [] });
  });

  it.each([
    ["!Ref Nobody", "there is no parameter or resource 'Nobody'"],
    ["!Ref Gone", "'Gone' is not created: its condition is false"],
    ["!GetAtt Nobody.Arn", "there is no resource 'Nobody'"],
    ["!GetAtt Api.Colour", "'Api', a AWS::ApiGateway::RestApi, has no known attribute 'Colour'"],
    ['!Sub "${Nobody}"', "there is no parameter or resource 'Nobody'"],
    ["!FindInMap [Sizes, large, x]", "Mappings has no Sizes / large / x"],
    ["!Select [9, [a]]", "there is no item 9 in a list of 1"],
    ["!If [Maybe, a, b]", "the condition 'Maybe' does not exist; defined are Met, Unmet, Both, Plain"],
    ["!If [Met, a]", "requires the name of a condition and two values"],
    ["!ImportValue mine", "no other stack exports 'mine'"],
    ["!Cidr [10.0.0.0/24, 300, 8]", "'10.0.0.0/24' has no 300 blocks of 8 bits"],
    [
      "{ Fn::Shout: a }",
      expect.stringMatching(/^the function 'Fn::Shout' is not supported; use one of Ref, Fn::GetAtt/),
    ],
    [
      "!Transform { Name: AWS::Include, Parameters: { Location: s3://bucket/key } }",
      "objects in buckets cannot be included: name a file beside the template",
    ],
    ["!Transform { Name: Own }", expect.stringMatching(/^macros are not supported/)],
  ])("%s is refused", (expression, message) => {
    expect(valueOf(expression).errors).toEqual([message]);
  });
});

describe("templates that SAM has packaged", () => {
  const events = `Events: { Save: { Type: Api, Properties: { Path: /save, Method: post, RestApiId: !Ref ServerlessRestApi } } }`;
  const saver = `  Saver: { Type: AWS::Serverless::Function, Properties: { Handler: a.b, Runtime: nodejs22.x, CodeUri: s3://b/k, ${events} } }`;
  const packaged = `
Transform: AWS::Serverless-2016-10-31
Resources:
${saver}
  ServerlessRestApi:
    Type: AWS::Serverless::Api
    Properties:
      __MANAGE_SWAGGER: true
      StageName: Prod
      DefinitionBody:
        swagger: "2.0"
        info: { title: packaged, version: "1.0" }
        paths:
          /save: { post: { responses: {}, x-amazon-apigateway-integration: { type: aws_proxy, httpMethod: POST, uri: !Sub "arn:aws:apigateway:\${AWS::Region}:lambda:path/2015-03-31/functions/\${Saver.Arn}/invocations" } } }
  Bucket: { Type: AWS::S3::Bucket, DependsOn: [SaverUploadPermission] }
`;

  it("contain the implicit API of the same events, and name what SAM makes of them", () => {
    expect(errorsOf(packaged)).toEqual([]);
    expect(plan(packaged).entities.filter(({ manifest }) => manifest.kind === "RestApi")).toHaveLength(1);
  });

  it("an implicit API that only a packaged event names is made", () => {
    const [head = ""] = packaged.split("  ServerlessRestApi:");
    expect(errorsOf(head)).toEqual([]);
  });

  it("a resource that nothing makes is still reported", () => {
    expect(errorsOf(packaged.replace("SaverUploadPermission", "Nobody"))).toEqual([
      expect.stringContaining("there is no resource 'Nobody'"),
    ]);
  });
});

describe("parameters of a template", () => {
  const text = `
Parameters:
  Stage: { Type: String, AllowedValues: [dev, prod], ConstraintDescription: dev or prod }
  Rate: { Type: Number, Default: 5, MinValue: 1, MaxValue: 10 }
  Name: { Type: String, Default: abc, AllowedPattern: "[a-z]+", MaxLength: 4 }
  Secret: { Type: String, Default: hidden, NoEcho: "true" }
Resources:
${API}
`;
  it("are the given values, else the stack's, else the defaults; those with NoEcho are not shown", () => {
    const { parameters, findings } = plan(text, {
      parameters: { Rate: "7" },
      previousParameters: { Stage: "prod", Rate: "2", Secret: "****" },
    });
    expect(findings).toEqual([]);
    expect(parameters).toEqual({ Stage: "prod", Rate: "7", Name: "abc", Secret: "****" });
  });

  it.each<[parameters: Record<string, string>, error: string]>([
    [{}, "3 /Parameters/Stage has no value and no Default: set it, such as --parameter Stage=..."],
    [{ Stage: "test" }, "3 /Parameters/Stage 'test' must be one of dev, prod: dev or prod"],
    [{ Stage: "dev", Rate: "11" }, "4 /Parameters/Rate '11' must be between 1 and 10"],
    [{ Stage: "dev", Rate: "x" }, "4 /Parameters/Rate 'x' must be a number"],
    [{ Stage: "dev", Name: "A" }, "5 /Parameters/Name 'A' does not match [a-z]+"],
    [{ Stage: "dev", Name: "abcde" }, "5 /Parameters/Name must have 0 to 4 characters"],
    [
      { Stage: "dev", Stge: "x" },
      "2 /Parameters there is no parameter 'Stge'; defined are Stage, Rate, Name, Secret",
    ],
  ])("%j are refused", (parameters, error) => {
    expect(errorsOf(text, { parameters })).toEqual([error]);
  });
});

describe("a template", () => {
  it.each([
    ["AWSTemplateFormatVersion: '2010-09-09'", true],
    ["Resources:\n  A:\n    Type: AWS::Lambda::Function", true],
    ['{"Resources": {"A": {"Type": "AWS::ApiGateway::RestApi"}}}', true],
    ["kind: RestApi\nid: a", false],
    ["openapi: 3.0.1\npaths: {}", false],
    ["Resources: []", false],
  ])("%j is distinguished from other files", (text, is) => {
    expect(isTemplate(text)).toBe(is);
  });

  it.each([
    ["Resources: {}", "1 /Resources a template must have at least one resource"],
    [
      `Resource: 1\nResources:\n${API}`,
      expect.stringMatching(/^1 \/Resource 'Resource' is not a section of a template/),
    ],
    [
      `Transform: My-Macro\nResources:\n${API}`,
      expect.stringMatching(/^1 \/Transform the transform 'My-Macro' is not supported/),
    ],
    [
      `Resources:\n  A-B: { Type: AWS::SQS::Queue }`,
      "2 /Resources/A-B the name of a resource must be 1 to 255 characters of a-z, A-Z and 0-9",
    ],
    [
      `Resources:\n  A: { Properties: {} }`,
      expect.stringMatching(/^2 \/Resources\/A must be an object with a Type/),
    ],
    [
      `Resources:\n  A: { Type: AWS::SQS::Queue, DependsOn: B }`,
      "2 /Resources/A/DependsOn there is no resource 'B'",
    ],
    [
      `Resources:\n  A: { Type: AWS::ApiGateway::Thing }`,
      "2 /Resources/A/Type AWS::ApiGateway::Thing: is not a known type of resource",
    ],
    [
      `Resources:\n  A: { Type: AWS::ApiGatewayV2::Api }`,
      "2 /Resources/A/Properties has neither a Name nor a Body",
    ],
    [
      `Resources:\n  A: { Type: AWS::ApiGatewayV2::ApiGatewayManagedOverrides }`,
      "2 /Resources/A/Type AWS::ApiGatewayV2::ApiGatewayManagedOverrides: is not supported yet",
    ],
    [
      `Resources:\n  A: { Type: AWS::ApiGatewayV2::Thing }`,
      "2 /Resources/A/Type AWS::ApiGatewayV2::Thing: is not a known type of resource",
    ],
    [
      `Resources:\n  A:\n    Type: AWS::ApiGateway::RestApi\n    Properties:\n      Nme: x\n      Name: y`,
      "5 /Resources/A/Properties/Nme 'Nme' is not a known property; did you mean 'Name'?",
    ],
    [
      `Resources:\n${API}\n  R: { Type: AWS::ApiGateway::Resource, Properties: { RestApiId: !Ref Api, PathPart: a } }`,
      "3 /Resources/R/Properties/ParentId is missing",
    ],
    [
      `Resources:\n${API}\n  R: { Type: AWS::ApiGateway::Resource, Properties: { RestApiId: abcdefghij, ParentId: a, PathPart: a } }`,
      expect.stringMatching(/'abcdefghij' is not an API of this template/),
    ],
    [
      `Resources:\n  A: { Type: AWS::ApiGateway::Stage, Properties: { StageName: !Ref A, RestApiId: x, DeploymentId: y } }`,
      expect.stringMatching(/StageName depends on itself: A.StageName -> A.StageName/),
    ],
    [
      `Conditions: { A: !Condition B, B: !Condition A }\nResources:\n  X: { Type: AWS::SQS::Queue, Condition: A }`,
      "1 /Conditions/A the condition depends on itself",
    ],
    [`Resources:\n${API}\nOutputs: { O: { Description: x } }`, "3 /Outputs/O must be an object with a Value"],
  ])("is refused by line: %j", (text, error) => {
    expect(errorsOf(text)).toContainEqual(error);
  });

  it.each([
    ["{", /line 1/],
    ["a: &a [*a]", /./],
    ["a: b: c", /line 1/],
    [`a: ${"[".repeat(5000)}`, /./],
    ["x".repeat(1024 * 1024 + 1), /the limit is 1048576/],
    [
      `a0: &a0 [x]\n${Array.from({ length: 40 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(9)}*a${i}]`).join("\n")}`,
      /alias/i,
    ],
  ])("that is not valid is refused soon", (text, message) => {
    const before = process.threadCpuUsage();
    expect(() => plan(text)).toThrow(message);
    expect(process.threadCpuUsage(before).user / 1000).toBeLessThan(2000);
  });

  it("does not treat inherited names as known ones", () => {
    const resources = `Resources:
  Own: { Type: constructor }
${API}
  Q: { Type: AWS::SQS::Queue }
`;
    expect(plan(resources).resources).toMatchObject([{ physicalId: "shop-Own" }, {}, {}]);
    expect(errorsOf(`Parameters: { toString: { Type: String } }\n${resources}`)).toEqual([
      expect.stringMatching(/^1 .*toString/) as string,
    ]);
    const attribute = (id: string) => `${resources}Outputs: { O: { Value: !GetAtt ${id}.toString } }`;
    expect(errorsOf(attribute("Api"))).toEqual([
      expect.stringContaining("no known attribute 'toString'") as string,
    ]);
    expect(plan(attribute("Q")).outputs.O?.value).toBe("shop-Q-toString");
  });

  it("has the same ids whenever it is planned, others in another stack or account", () => {
    const idOf = (more: Partial<PlanOptions>) => plan(`Resources:\n${API}`, more).resources[0]?.physicalId;
    expect(idOf({})).toMatch(/^[a-z0-9]{10}$/);
    expect(idOf({})).toBe(idOf({ region: "us-east-1" }));
    expect(new Set([idOf({}), idOf({ name: "other" }), idOf({ accountId: "000000000000" })]).size).toBe(3);
  });

  it("counts the resources that are not the gateway's, and gives them names", () => {
    const { findings, resources } = plan(
      "Resources:\n  Q: { Type: AWS::SQS::Queue }\n  R: { Type: AWS::SQS::Queue }\n  F: { Type: Custom::Fill }",
    );
    expect(findings).toEqual([
      {
        level: "info",
        line: 1,
        pointer: "/Resources",
        message:
          "nothing is created for 3 resources that do not belong to the gateway: 2 AWS::SQS::Queue, 1 Custom::Fill",
      },
    ]);
    expect(resources[0]).toEqual({
      logicalId: "Q",
      type: "AWS::SQS::Queue",
      physicalId: "https://sqs.eu-west-1.amazonaws.com/123456789012/shop-Q",
    });
  });

  it("may have other members beside the type of a resource, which are ignored", () => {
    const { findings } = plan("Resources:\n  A: { Type: AWS::SQS::Queue, Propertys: {}, Description: d }");
    expect(findings.slice(0, 2)).toEqual([
      {
        level: "warning",
        line: 2,
        pointer: "/Resources/A/Propertys",
        message: "'Propertys' is not an attribute of a resource, and is ignored; did you mean 'Properties'?",
      },
      {
        level: "warning",
        line: 2,
        pointer: "/Resources/A/Description",
        message: "'Description' is not an attribute of a resource, and is ignored",
      },
    ]);
  });

  it("may repeat a name, and end a flow collection where it likes", () => {
    const { outputs } = plan(
      `Resources:\n${API}\nOutputs:\n  O: {\n    Value: first,\n    Value: last\n  }\n  P: { Value: p }`,
    );
    expect(outputs).toEqual({ O: { value: "last" }, P: { value: "p" } });
  });

  it("may have flow collections that are indented less than what they are in", () => {
    const { outputs, findings } = plan(
      `Outputs:\n  O: {\n"Value": "first { line",\n"Description": [\n"a", # }\n"b"\n]\n}\nResources:\n${API}\n  B: { Type: "AWS::S3::Bucket", Propertys: {} }`,
    );
    expect(outputs).toEqual({ O: { value: "first { line" } });
    const { line } = findings.find(({ pointer }) => pointer === "/Resources/B/Propertys") ?? {};
    expect(line).toBe(9 + API.split("\n").length + 1);
  });

  it("is refused with the line if a flow collection has no end", () => {
    expect(() => plan(`Resources:\n${API}\nOutputs:\n  O: {\n"Value": first\nMetadata: {}`)).toThrow(
      /Flow map/,
    );
  });
});

describe("the value of a resource that is not the gateway's", () => {
  /** The value of an expression, what is warned of, and the errors. */
  function foreignValue(expression: string, parameters: Readonly<Record<string, string>> = {}) {
    const text = `
Resources:
${API}
  Cdn: { Type: AWS::CloudFront::Distribution }
  Site: { Type: AWS::S3::Bucket, Properties: { BucketName: pages } }
  Alb: { Type: AWS::ElasticLoadBalancingV2::LoadBalancer, Properties: { Name: front, Type: application } }
  Nlb: { Type: AWS::ElasticLoadBalancingV2::LoadBalancer, Properties: { Type: network } }
  Listener: { Type: AWS::ElasticLoadBalancingV2::Listener, Properties: { LoadBalancerArn: !Ref Alb } }
  Vpc: { Type: AWS::EC2::VPC }
  Endpoint: { Type: AWS::EC2::VPCEndpoint }
  Graph: { Type: AWS::AppSync::GraphQLApi }
  Fill: { Type: Custom::Fill }
  Auth: { Type: AWS::CloudFormation::Stack, Properties: { TemplateURL: auth.yaml } }
  Jobs: { Type: AWS::Batch::JobQueue }
  Database: { Type: AWS::RDS::DBInstance }
Outputs:
  Out: { Value: ${expression} }
`;
    const { outputs, findings, parameters: kept } = plan(text, { parameters });
    const of = (level: string) =>
      findings.filter((one) => one.level === level && one.pointer.startsWith("/Outputs")).length;
    return { value: outputs.Out?.value, warnings: of("warning"), errors: of("error"), kept };
  }

  it.each([
    // Known by convention.
    ["!GetAtt Site.RegionalDomainName", "pages.s3.eu-west-1.amazonaws.com", 0],
    [
      "!Ref Alb",
      expect.stringMatching(
        /^arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer\/app\/front\/[0-9a-f]{16}$/,
      ),
      0,
    ],
    ["!Ref Nlb", expect.stringContaining(":loadbalancer/net/shop-Nlb/"), 0],
    [
      "!GetAtt Listener.ListenerArn",
      expect.stringMatching(/:listener\/app\/front\/[0-9a-f]{16}\/[0-9a-f]{16}$/),
      0,
    ],
    ["!Select [1, !Split ['/', !Ref Jobs]]", "shop-Jobs", 0],
    // Placeholders.
    ["!GetAtt Cdn.DomainName", "cdn-domainname.shop.invalid", 1],
    ["!Sub 'https://${Cdn.DomainName}/a'", "https://cdn-domainname.shop.invalid/a", 1],
    ["!GetAtt Alb.DNSName", "alb-dnsname.shop.invalid", 1],
    ["!GetAtt Vpc.CidrBlock", "10.0.0.0/16", 1],
    ["!Select [1, !Cidr [!GetAtt Vpc.CidrBlock, 2, 8]]", "10.0.1.0/24", 1],
    ["!Ref Endpoint", expect.stringMatching(/^vpce-[0-9a-f]{17}$/), 1],
    ["!GetAtt Graph.GraphQLUrl", "https://graph-graphqlurl.shop.invalid", 1],
    ["!GetAtt Graph.Arn", "arn:aws:appsync:eu-west-1:123456789012:shop-Graph-Arn", 1],
    ["!GetAtt Fill.Anything", "shop-Fill-Anything", 1],
    ["!GetAtt Auth.Outputs.Issuer", "https://auth-issuer.shop.invalid", 1],
    ["!GetAtt Database.Endpoint.Address", "database-endpoint-address.shop.invalid", 1],
    ["!GetAtt Database.Endpoint.Port", "443", 1],
    // Parts of what is not known.
    ["!Select [1, !Split [':', !Select [0, !GetAtt Endpoint.DnsEntries]]]", "shop-Endpoint-DnsEntries", 1],
    ["!Join [',', !GetAtt Endpoint.DnsEntries]", "shop-Endpoint-DnsEntries", 1],
  ])("%s is %s", (expression, value, warnings) => {
    expect(foreignValue(expression)).toEqual({ value, warnings, errors: 0, kept: {} });
  });

  it.each([
    ["!GetAtt Cdn.DomainName", { "Cdn.DomainName": "cdn.example" }, "cdn.example"],
    ["!GetAtt Auth.Outputs.Issuer", { "Auth.Outputs.Issuer": "https://idp.example" }, "https://idp.example"],
    ["!Ref Vpc", { Vpc: "vpc-1" }, "vpc-1"],
    ["!GetAtt Site.Arn", { "Site.Arn": "arn:aws:s3:::other" }, "arn:aws:s3:::other"],
  ])("%s is a given value, which the stack keeps: %j", (expression, given, value) => {
    expect(foreignValue(expression, given)).toEqual({ value, warnings: 0, errors: 0, kept: given });
  });

  it("is asked for where the gateway needs it", () => {
    const text = `
Resources:
  Auth: { Type: AWS::CloudFormation::Stack, Properties: { TemplateURL: auth.yaml } }
${API}
  Tokens:
    Type: AWS::ApiGateway::Authorizer
    Properties: { RestApiId: !Ref Api, Name: a, Type: COGNITO_USER_POOLS, IdentitySource: method.request.header.A, ProviderARNs: [!GetAtt Auth.Outputs.PoolArn] }
`;
    expect(errorsOf(text)).toEqual([
      expect.stringMatching(
        /^7 \/Resources\/Tokens\/Properties Authorizer\/\w+\.providerARNs\[0\]: must be the ARN of a user pool.*: give the value of Auth.Outputs.PoolArn with --parameter Auth.Outputs.PoolArn=VALUE$/,
      ) as string,
    ]);
    const arn = "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_AbCdEf";
    expect(errorsOf(text, { parameters: { "Auth.Outputs.PoolArn": arn } })).toEqual([]);
  });

  it.each([
    ["!GetAtt KeyOfPets.Value", "a secret cannot be a placeholder: give the value of KeyOfPets.Value with"],
    [
      "!Sub 'key-of-pets-${KeyOfPets.Value}'",
      "a secret cannot be a placeholder: give the value of KeyOfPets.Value",
    ],
    [
      "'{{resolve:secretsmanager:pets:SecretString:key}}'",
      "'{{resolve:secretsmanager:pets:SecretString:key}}' is",
    ],
  ])("is asked for where it would be a secret that can be guessed: %s", (value, message) => {
    const text = `
Resources:
  KeyOfPets: { Type: Custom::Secret }
${API}
  Key: { Type: AWS::ApiGateway::ApiKey, Properties: { Name: k, Value: ${value} } }
`;
    expect(errorsOf(text)).toEqual([
      expect.stringMatching(/^5 \/Resources\/Key\/Properties ApiKey\/\w+\.value: /) as string,
    ]);
    expect(errorsOf(text)[0]).toContain(message);
    if (value.includes("KeyOfPets.Value"))
      expect(errorsOf(text, { parameters: { "KeyOfPets.Value": "a".repeat(30) } })).toEqual([]);
  });

  it("can be given only for such a resource", () => {
    const error = (name: string) => `2 /Parameters there is no parameter '${name}'; defined are none`;
    for (const name of ["Api.RootResourceId", "None.Arn", "Api"])
      expect(errorsOf(`Resources:\n${API}`, { parameters: { [name]: "x" } })).toEqual([
        error(name).replace(/^2/, "1"),
      ]);
  });
});

describe("the address of an API in an output", () => {
  const output = (value: string, publicUrl?: string) => {
    const text = `Resources:\n${API}\n  Chat: { Type: AWS::ApiGatewayV2::Api, Properties: { Name: chat, ProtocolType: WEBSOCKET } }\nOutputs: { O: { Value: ${value} } }`;
    const { outputs, resources } = plan(text, publicUrl === undefined ? {} : { publicUrl });
    return resources.reduce(
      (all, { logicalId, physicalId }) => all.replaceAll(physicalId, logicalId),
      outputs.O?.value ?? "",
    );
  };
  const REST = "!Sub 'https://${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}/prod/'";

  it.each([
    [REST, undefined, "https://Api.execute-api.eu-west-1.amazonaws.com/prod/"],
    [REST, "http://127.0.0.1:8080", "http://127.0.0.1:8080/_aws/execute-api/Api/prod/"],
    [
      REST,
      "http://{api}.execute-api.eu-west-1.localhost:8080",
      "http://Api.execute-api.eu-west-1.localhost:8080/prod/",
    ],
    [
      "!Sub 'https://${Api}.execute-api.us-east-1.amazonaws.com/prod'",
      "https://{api}.apis.example",
      "https://Api.apis.example/prod",
    ],
    ["!GetAtt Chat.ApiEndpoint", "http://127.0.0.1:8080", "ws://127.0.0.1:8080/_aws/execute-api/Chat"],
    [
      "https://abcdefghij.execute-api.us-east-1.amazonaws.com/of-others",
      "http://127.0.0.1:8080",
      "https://abcdefghij.execute-api.us-east-1.amazonaws.com/of-others",
    ],
  ])("%s at %s is %s", (value, publicUrl, url) => {
    expect(output(value, publicUrl)).toBe(url);
  });
});
