import { describe, expect, it } from "vitest";
import { planStack } from "./index.ts";

/** Templates as SAM, CDK, the Serverless Framework and authors write them; most of their resources are not the gateway's. */
const SHAPES: readonly [name: string, template: string, entities: readonly string[], warnings: number][] = [
  [
    "SAM: a site behind CloudFront, whose API allows its origin",
    `
Transform: AWS::Serverless-2016-10-31
Globals: { Function: { Runtime: nodejs22.x, Handler: app.handler }, Api: { Cors: { AllowOrigin: !Sub "'https://\${Cdn.DomainName}'" } } }
Resources:
  Site: { Type: AWS::S3::Bucket }
  Cdn:
    Type: AWS::CloudFront::Distribution
    Properties: { DistributionConfig: { Enabled: true, Origins: [{ Id: site, DomainName: !GetAtt Site.RegionalDomainName }] } }
  Items:
    Type: AWS::Serverless::Function
    Description: members beside Type are ignored
    Properties: { CodeUri: src/, Events: { List: { Type: Api, Properties: { Path: /items, Method: get } } } }
Outputs:
  Url: { Value: !Sub "https://\${Cdn.DomainName}" }
  Bucket: { Value: !GetAtt Site.WebsiteURL }
`,
    ["DocumentationPart", "Resource", "RestApi", "Stage"],
    2,
  ],
  [
    "SAM: an HTTP API with tokens of a user pool in the same template",
    `
Transform: AWS::Serverless-2016-10-31
Parameters: { Client: { Type: "AWS::SSM::Parameter::Value<String>", Default: /shop/client } }
Resources:
  Pool: { Type: AWS::Cognito::UserPool }
  PoolClient: { Type: AWS::Cognito::UserPoolClient, Properties: { UserPoolId: !Ref Pool } }
  Domain: { Type: AWS::Cognito::UserPoolDomain, Properties: { Domain: shop, UserPoolId: !Ref Pool } }
  Api:
    Type: AWS::Serverless::HttpApi
    Properties:
      Auth:
        DefaultAuthorizer: Jwt
        Authorizers:
          Jwt:
            IdentitySource: $request.header.Authorization
            JwtConfiguration: { issuer: !GetAtt Pool.ProviderURL, audience: [!Ref PoolClient, !Ref Client] }
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src/
      Runtime: python3.13
      Handler: app.handler
      Events: { Any: { Type: HttpApi, Properties: { ApiId: !Ref Api, Path: /orders, Method: any } } }
Outputs:
  Login: { Value: !Sub "https://\${Domain}.auth.\${AWS::Region}.amazoncognito.com" }
  CloudFront: { Value: !GetAtt Domain.CloudFrontDistribution }
`,
    ["Api", "ApiStage"],
    4,
  ],
  [
    "SAM: GraphQL beside a REST API, with a nested application",
    `
Transform: AWS::Serverless-2016-10-31
Resources:
  Graph: { Type: AWS::AppSync::GraphQLApi, Properties: { Name: graph, AuthenticationType: API_KEY } }
  GraphKey: { Type: AWS::AppSync::ApiKey, Properties: { ApiId: !GetAtt Graph.ApiId } }
  Logs: { Type: AWS::Logs::LogGroup, Properties: { LogGroupName: !Sub "/aws/appsync/apis/\${Graph.ApiId}" } }
  Layers: { Type: AWS::Serverless::Application, Properties: { Location: layers.yaml } }
  Ask:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src/
      Runtime: nodejs22.x
      Handler: app.handler
      Layers: [!GetAtt Layers.Outputs.Arn]
      Environment: { Variables: { URL: !GetAtt Graph.GraphQLUrl } }
      Events: { Ask: { Type: Api, Properties: { Path: "/{proxy+}", Method: any } } }
Outputs:
  Url: { Value: !GetAtt Graph.GraphQLUrl }
  Key: { Value: !GetAtt GraphKey.ApiKey }
`,
    ["Resource", "RestApi", "Stage"],
    4,
  ],
  [
    "CDK: a REST API in JSON, with metadata, a log role and a custom resource",
    JSON.stringify({
      Resources: {
        FnRole1A2B: {
          Type: "AWS::IAM::Role",
          Properties: { AssumeRolePolicyDocument: {} },
          Metadata: { "aws:cdk:path": "Shop/Fn/Role" },
        },
        Fn9270CBC0: { Type: "AWS::Lambda::Function", Properties: { Code: { ZipFile: "x" } } },
        Seed: { Type: "Custom::Seed", Properties: { ServiceToken: { "Fn::GetAtt": ["Fn9270CBC0", "Arn"] } } },
        ApiF70053CD: { Type: "AWS::ApiGateway::RestApi", Properties: { Name: "Api" } },
        ApiCloudWatchRole73EC6FC4: { Type: "AWS::IAM::Role", DeletionPolicy: "Retain" },
        ApiAccountA4C93A21: {
          Type: "AWS::ApiGateway::Account",
          Properties: { CloudWatchRoleArn: { "Fn::GetAtt": ["ApiCloudWatchRole73EC6FC4", "Arn"] } },
          DependsOn: ["ApiF70053CD"],
        },
        ApiDeployment: {
          Type: "AWS::ApiGateway::Deployment",
          Properties: { RestApiId: { Ref: "ApiF70053CD" } },
          DependsOn: ["ApiANYB3DF8C3C"],
        },
        ApiStageprod: {
          Type: "AWS::ApiGateway::Stage",
          Properties: {
            RestApiId: { Ref: "ApiF70053CD" },
            DeploymentId: { Ref: "ApiDeployment" },
            StageName: "prod",
            Variables: { table: { "Fn::GetAtt": ["Seed", "TableName"] } },
          },
        },
        ApiANYB3DF8C3C: {
          Type: "AWS::ApiGateway::Method",
          Properties: {
            RestApiId: { Ref: "ApiF70053CD" },
            ResourceId: { "Fn::GetAtt": ["ApiF70053CD", "RootResourceId"] },
            HttpMethod: "ANY",
            AuthorizationType: "NONE",
            Integration: {
              Type: "AWS_PROXY",
              IntegrationHttpMethod: "POST",
              Uri: {
                "Fn::Join": [
                  "",
                  [
                    "arn:",
                    { Ref: "AWS::Partition" },
                    ":apigateway:",
                    { Ref: "AWS::Region" },
                    ":lambda:path/2015-03-31/functions/",
                    { "Fn::GetAtt": ["Fn9270CBC0", "Arn"] },
                    "/invocations",
                  ],
                ],
              },
            },
          },
        },
        CDKMetadata: { Type: "AWS::CDK::Metadata", Condition: "CDKMetadataAvailable" },
      },
      Conditions: { CDKMetadataAvailable: { "Fn::Equals": [{ Ref: "AWS::Region" }, "us-east-1"] } },
      Parameters: {
        BootstrapVersion: {
          Type: "AWS::SSM::Parameter::Value<String>",
          Default: "/cdk-bootstrap/hnb659fds/version",
        },
      },
      Rules: { CheckBootstrapVersion: { Assertions: [] } },
      Outputs: { Seeded: { Value: { "Fn::GetAtt": ["Seed", "TableName"] } } },
    }),
    ["Resource", "RestApi", "Stage"],
    3,
  ],
  [
    "CDK: a WebSocket API whose $connect is a mock",
    JSON.stringify({
      Resources: {
        Chat: {
          Type: "AWS::ApiGatewayV2::Api",
          Properties: {
            Name: "Chat",
            ProtocolType: "WEBSOCKET",
            RouteSelectionExpression: "$request.body.action",
          },
        },
        Mock: {
          Type: "AWS::ApiGatewayV2::Integration",
          Properties: { ApiId: { Ref: "Chat" }, IntegrationType: "MOCK", IntegrationUri: "" },
        },
        Connect: {
          Type: "AWS::ApiGatewayV2::Route",
          Properties: {
            ApiId: { Ref: "Chat" },
            RouteKey: "$connect",
            Target: { "Fn::Join": ["", ["integrations/", { Ref: "Mock" }]] },
          },
        },
      },
    }),
    ["Api"],
    0,
  ],
  [
    "Serverless Framework: a deployment bucket, versions, a stage in the deployment, an output of the endpoint",
    JSON.stringify({
      AWSTemplateFormatVersion: "2010-09-09",
      Resources: {
        ServerlessDeploymentBucket: { Type: "AWS::S3::Bucket" },
        HelloLogGroup: { Type: "AWS::Logs::LogGroup", Properties: { LogGroupName: "/aws/lambda/hello" } },
        HelloLambdaFunction: { Type: "AWS::Lambda::Function", Properties: { FunctionName: "hello" } },
        HelloLambdaVersionAbc: {
          Type: "AWS::Lambda::Version",
          DeletionPolicy: "Retain",
          Properties: { FunctionName: { Ref: "HelloLambdaFunction" } },
        },
        ApiGatewayRestApi: {
          Type: "AWS::ApiGateway::RestApi",
          Properties: { Name: "dev-hello", EndpointConfiguration: { Types: ["EDGE"] } },
        },
        ApiGatewayResourceHello: {
          Type: "AWS::ApiGateway::Resource",
          Properties: {
            ParentId: { "Fn::GetAtt": ["ApiGatewayRestApi", "RootResourceId"] },
            PathPart: "hello",
            RestApiId: { Ref: "ApiGatewayRestApi" },
          },
        },
        ApiGatewayMethodHelloGet: {
          Type: "AWS::ApiGateway::Method",
          Properties: {
            HttpMethod: "GET",
            RequestParameters: {},
            ResourceId: { Ref: "ApiGatewayResourceHello" },
            RestApiId: { Ref: "ApiGatewayRestApi" },
            ApiKeyRequired: false,
            AuthorizationType: "NONE",
            Integration: { Type: "MOCK" },
            MethodResponses: [],
          },
        },
        ApiGatewayDeployment1: {
          Type: "AWS::ApiGateway::Deployment",
          Properties: { RestApiId: { Ref: "ApiGatewayRestApi" }, StageName: "dev" },
          DependsOn: ["ApiGatewayMethodHelloGet"],
        },
        HelloLambdaPermission: { Type: "AWS::Lambda::Permission" },
      },
      Outputs: {
        ServerlessDeploymentBucketName: { Value: { Ref: "ServerlessDeploymentBucket" } },
        HelloLambdaFunctionQualifiedArn: { Value: { Ref: "HelloLambdaVersionAbc" } },
        ServiceEndpoint: {
          Value: { "Fn::Join": ["", ["https://", { Ref: "ApiGatewayRestApi" }, ".execute-api/dev"]] },
        },
      },
    }),
    ["Resource", "RestApi", "Stage"],
    0,
  ],
  [
    "plain: a private load balancer behind a VPC link of a REST API",
    `
Resources:
  Vpc: { Type: AWS::EC2::VPC, Properties: { CidrBlock: 10.0.0.0/16 } }
  Subnet: { Type: AWS::EC2::Subnet, Properties: { VpcId: !Ref Vpc, CidrBlock: !Select [0, !Cidr [!GetAtt Vpc.CidrBlock, 4, 8]] } }
  Nlb: { Type: AWS::ElasticLoadBalancingV2::LoadBalancer, Properties: { Type: network, Subnets: [!Ref Subnet] } }
  Link: { Type: AWS::ApiGateway::VpcLink, Properties: { Name: link, TargetArns: [!Ref Nlb] } }
  Api: { Type: AWS::ApiGateway::RestApi, Properties: { Name: private } }
  Root:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref Api
      ResourceId: !GetAtt Api.RootResourceId
      HttpMethod: ANY
      Integration: { Type: HTTP_PROXY, IntegrationHttpMethod: ANY, ConnectionType: VPC_LINK, ConnectionId: !Ref Link, Uri: !Sub "http://\${Nlb.DNSName}" }
`,
    ["Resource", "RestApi", "VpcLink"],
    2,
  ],
  [
    "plain: a listener in subnets behind an HTTP API, its table and its queue of jobs",
    `
Resources:
  Vpc: { Type: AWS::EC2::VPC }
  Group: { Type: AWS::EC2::SecurityGroup }
  Subnet: { Type: AWS::EC2::Subnet }
  Alb: { Type: AWS::ElasticLoadBalancingV2::LoadBalancer, Properties: { Name: front } }
  Listener: { Type: AWS::ElasticLoadBalancingV2::Listener, Properties: { LoadBalancerArn: !Ref Alb } }
  Jobs: { Type: AWS::Batch::JobQueue }
  Link: { Type: AWS::ApiGatewayV2::VpcLink, Properties: { Name: link, SubnetIds: [!Ref Subnet], SecurityGroupIds: [!Ref Group] } }
  Api: { Type: AWS::ApiGatewayV2::Api, Properties: { Name: shop, ProtocolType: HTTP } }
  Backend: { Type: AWS::ApiGatewayV2::Integration, Properties: { ApiId: !Ref Api, IntegrationType: HTTP_PROXY, IntegrationMethod: ANY, ConnectionType: VPC_LINK, ConnectionId: !Ref Link, IntegrationUri: !Ref Listener, PayloadFormatVersion: "1.0" } }
  Route: { Type: AWS::ApiGatewayV2::Route, Properties: { ApiId: !Ref Api, RouteKey: $default, Target: !Sub "integrations/\${Backend}" } }
  Stage: { Type: AWS::ApiGatewayV2::Stage, Properties: { ApiId: !Ref Api, StageName: $default, AutoDeploy: true } }
Outputs:
  Queue: { Value: !Select [1, !Split ["/", !Ref Jobs]] }
`,
    ["Api", "ApiStage", "VpcLink"],
    3,
  ],
  [
    "plain: a private API, its endpoint and the policy that allows it",
    `
Resources:
  Endpoint: { Type: AWS::EC2::VPCEndpoint }
  Api:
    Type: AWS::ApiGateway::RestApi
    Properties:
      Name: inner
      EndpointConfiguration: { Types: [PRIVATE], VpcEndpointIds: [!Ref Endpoint] }
      Policy: { Statement: [{ Effect: Allow, Principal: "*", Action: execute-api:Invoke, Resource: "execute-api:/*", Condition: { StringEquals: { "aws:SourceVpce": !Ref Endpoint } } }] }
  Root: { Type: AWS::ApiGateway::Method, Properties: { RestApiId: !Ref Api, ResourceId: !GetAtt Api.RootResourceId, HttpMethod: GET, Integration: { Type: MOCK } } }
Outputs:
  Host: { Value: !Select [1, !Split [":", !Select [0, !GetAtt Endpoint.DnsEntries]]] }
`,
    ["Resource", "RestApi"],
    2,
  ],
];

describe("a template as others write it is taken", () => {
  it.each(SHAPES)("%s", (_name, template, entities, warnings) => {
    const plan = planStack(template, {
      name: "shop",
      accountId: "123456789012",
      region: "eu-west-1",
      parameters: {},
    });
    const of = (level: string) => plan.findings.filter((one) => one.level === level);
    expect(of("error")).toEqual([]);
    expect([...new Set(plan.entities.map(({ manifest }) => manifest.kind))].sort()).toEqual(entities);
    expect(of("warning").map(({ message }) => message)).toHaveLength(warnings);
    expect(of("info").filter(({ message }) => message.startsWith("nothing is created"))).toHaveLength(
      entities.length === 1 ? 0 : 1,
    );
  });
});
