import { expect, it } from "vitest";
import { planStack } from "./index.ts";

const ref = (name: string) => ({ Ref: name });
const attribute = (name: string, of: string) => ({ "Fn::GetAtt": [name, of] });
const join = (...parts: readonly unknown[]) => ({ "Fn::Join": ["", parts] });
const invocations = (name: string) =>
  join(
    "arn:",
    ref("AWS::Partition"),
    ":apigateway:",
    ref("AWS::Region"),
    ":lambda:path/2015-03-31/functions/",
    attribute(name, "Arn"),
    "/invocations",
  );

const FUNCTIONS = {
  ServerlessDeploymentBucket: { Type: "AWS::S3::Bucket" },
  HelloLambdaFunction: { Type: "AWS::Lambda::Function", Properties: { FunctionName: "shop-dev-hello" } },
  VerifyLambdaFunction: { Type: "AWS::Lambda::Function", Properties: { FunctionName: "shop-dev-verify" } },
  IamRoleLambdaExecution: { Type: "AWS::IAM::Role", Properties: { AssumeRolePolicyDocument: {} } },
  HelloLambdaPermissionApiGateway: {
    Type: "AWS::Lambda::Permission",
    Properties: { FunctionName: attribute("HelloLambdaFunction", "Arn"), Action: "lambda:InvokeFunction" },
  },
};

/** The events http of the Serverless Framework, with cors, an authorizer, a schema, API keys and a usage plan. */
const rest = {
  ...FUNCTIONS,
  ApiGatewayRestApi: {
    Type: "AWS::ApiGateway::RestApi",
    Properties: {
      Name: "dev-shop",
      EndpointConfiguration: { Types: ["EDGE"] },
      Policy: "",
      BinaryMediaTypes: ["*/*"],
      MinimumCompressionSize: 1024,
    },
  },
  ApiGatewayResourceHello: {
    Type: "AWS::ApiGateway::Resource",
    Properties: {
      ParentId: attribute("ApiGatewayRestApi", "RootResourceId"),
      PathPart: "hello",
      RestApiId: ref("ApiGatewayRestApi"),
    },
  },
  ApiGatewayMethodHelloOptions: {
    Type: "AWS::ApiGateway::Method",
    Properties: {
      AuthorizationType: "NONE",
      HttpMethod: "OPTIONS",
      MethodResponses: [
        {
          StatusCode: "200",
          ResponseParameters: {
            "method.response.header.Access-Control-Allow-Origin": true,
            "method.response.header.Access-Control-Allow-Methods": true,
          },
          ResponseModels: {},
        },
      ],
      RequestParameters: {},
      Integration: {
        Type: "MOCK",
        RequestTemplates: { "application/json": "{statusCode:200}" },
        ContentHandling: "CONVERT_TO_TEXT",
        IntegrationResponses: [
          {
            StatusCode: "200",
            ResponseParameters: {
              "method.response.header.Access-Control-Allow-Origin": "'*'",
              "method.response.header.Access-Control-Allow-Methods": "'OPTIONS,POST'",
            },
            ResponseTemplates: { "application/json": "" },
          },
        ],
      },
      ResourceId: ref("ApiGatewayResourceHello"),
      RestApiId: ref("ApiGatewayRestApi"),
    },
  },
  ApiGatewayMethodHelloPost: {
    Type: "AWS::ApiGateway::Method",
    Properties: {
      HttpMethod: "POST",
      RequestParameters: {},
      ResourceId: ref("ApiGatewayResourceHello"),
      RestApiId: ref("ApiGatewayRestApi"),
      ApiKeyRequired: true,
      AuthorizationType: "CUSTOM",
      AuthorizerId: ref("VerifyApiGatewayAuthorizer"),
      RequestValidatorId: ref("ApiGatewayShopRequestValidator"),
      RequestModels: { "application/json": ref("ApiGatewayMethodHelloPostApplicationJsonModel") },
      Integration: {
        IntegrationHttpMethod: "POST",
        Type: "AWS_PROXY",
        Uri: invocations("HelloLambdaFunction"),
      },
      MethodResponses: [],
    },
    DependsOn: ["HelloLambdaPermissionApiGateway", "VerifyApiGatewayAuthorizer"],
  },
  ApiGatewayMethodHelloPostApplicationJsonModel: {
    Type: "AWS::ApiGateway::Model",
    Properties: {
      RestApiId: ref("ApiGatewayRestApi"),
      Schema: { type: "object", required: ["name"], properties: { name: { type: "string" } } },
      ContentType: "application/json",
    },
  },
  ApiGatewayShopRequestValidator: {
    Type: "AWS::ApiGateway::RequestValidator",
    Properties: {
      RestApiId: ref("ApiGatewayRestApi"),
      ValidateRequestBody: true,
      ValidateRequestParameters: true,
      Name: "shop-dev | Validate request body and querystring parameters",
    },
  },
  VerifyApiGatewayAuthorizer: {
    Type: "AWS::ApiGateway::Authorizer",
    Properties: {
      AuthorizerResultTtlInSeconds: 300,
      IdentitySource: "method.request.header.Authorization",
      Name: "verify",
      RestApiId: ref("ApiGatewayRestApi"),
      AuthorizerUri: invocations("VerifyLambdaFunction"),
      Type: "TOKEN",
    },
  },
  GatewayResponseDefault4XX: {
    Type: "AWS::ApiGateway::GatewayResponse",
    Properties: {
      ResponseParameters: { "gatewayresponse.header.Access-Control-Allow-Origin": "'*'" },
      ResponseType: "DEFAULT_4XX",
      RestApiId: ref("ApiGatewayRestApi"),
    },
  },
  ApiGatewayDeployment1764547200000: {
    Type: "AWS::ApiGateway::Deployment",
    Properties: { RestApiId: ref("ApiGatewayRestApi") },
    DependsOn: ["ApiGatewayMethodHelloOptions", "ApiGatewayMethodHelloPost"],
  },
  ApiGatewayStage: {
    Type: "AWS::ApiGateway::Stage",
    Properties: {
      DeploymentId: ref("ApiGatewayDeployment1764547200000"),
      RestApiId: ref("ApiGatewayRestApi"),
      StageName: "dev",
      TracingEnabled: false,
      Tags: [{ Key: "STAGE", Value: "dev" }],
    },
  },
  ApiGatewayApiKey1: {
    Type: "AWS::ApiGateway::ApiKey",
    Properties: {
      Enabled: true,
      Name: "first",
      StageKeys: [{ RestApiId: ref("ApiGatewayRestApi"), StageName: "dev" }],
    },
    DependsOn: "ApiGatewayDeployment1764547200000",
  },
  ApiGatewayUsagePlan: {
    Type: "AWS::ApiGateway::UsagePlan",
    DependsOn: "ApiGatewayDeployment1764547200000",
    Properties: {
      ApiStages: [{ ApiId: ref("ApiGatewayRestApi"), Stage: "dev" }],
      Description: "Usage plan for shop dev stage",
      UsagePlanName: "shop-dev",
      Quota: { Limit: 5000, Offset: 2, Period: "MONTH" },
      Throttle: { BurstLimit: 200, RateLimit: 100 },
    },
  },
  ApiGatewayUsagePlanKey1: {
    Type: "AWS::ApiGateway::UsagePlanKey",
    Properties: {
      KeyId: ref("ApiGatewayApiKey1"),
      KeyType: "API_KEY",
      UsagePlanId: ref("ApiGatewayUsagePlan"),
    },
  },
};

/** Its events httpApi, with cors, logs and a JWT authorizer. */
const http = {
  ...FUNCTIONS,
  HttpApiLogGroup: { Type: "AWS::Logs::LogGroup", Properties: { LogGroupName: "/aws/http-api/shop-dev" } },
  HttpApi: {
    Type: "AWS::ApiGatewayV2::Api",
    Properties: {
      Name: "dev-shop",
      ProtocolType: "HTTP",
      DisableExecuteApiEndpoint: false,
      CorsConfiguration: {
        AllowHeaders: ["Content-Type", "Authorization", "X-Amz-User-Agent"],
        AllowMethods: ["OPTIONS", "GET"],
        AllowOrigins: ["*"],
      },
    },
  },
  HttpApiStage: {
    Type: "AWS::ApiGatewayV2::Stage",
    Properties: {
      ApiId: ref("HttpApi"),
      StageName: "$default",
      AutoDeploy: true,
      DefaultRouteSettings: { DetailedMetricsEnabled: false },
      AccessLogSettings: {
        DestinationArn: attribute("HttpApiLogGroup", "Arn"),
        Format:
          '{"requestId":"$context.requestId","routeKey":"$context.routeKey","status":"$context.status"}',
      },
    },
  },
  HttpApiAuthorizerUsers: {
    Type: "AWS::ApiGatewayV2::Authorizer",
    Properties: {
      ApiId: ref("HttpApi"),
      AuthorizerType: "JWT",
      Name: "users",
      IdentitySource: ["$request.header.Authorization"],
      JwtConfiguration: { Audience: ["shop"], Issuer: "https://issuer.example" },
    },
  },
  HttpApiIntegrationHello: {
    Type: "AWS::ApiGatewayV2::Integration",
    Properties: {
      ApiId: ref("HttpApi"),
      IntegrationType: "AWS_PROXY",
      IntegrationUri: attribute("HelloLambdaFunction", "Arn"),
      PayloadFormatVersion: "2.0",
      TimeoutInMillis: 30000,
    },
  },
  HttpApiRouteGetHello: {
    Type: "AWS::ApiGatewayV2::Route",
    Properties: {
      ApiId: ref("HttpApi"),
      RouteKey: "GET /hello",
      Target: { "Fn::Join": ["/", ["integrations", ref("HttpApiIntegrationHello")]] },
      AuthorizationType: "JWT",
      AuthorizerId: ref("HttpApiAuthorizerUsers"),
      AuthorizationScopes: ["read"],
    },
    DependsOn: "HttpApiIntegrationHello",
  },
};

/** Its events websocket. */
const webSocket = {
  ...FUNCTIONS,
  WebsocketsApi: {
    Type: "AWS::ApiGatewayV2::Api",
    Properties: {
      Name: "dev-shop-websockets",
      RouteSelectionExpression: "$request.body.action",
      Description: "Serverless Websockets",
      ProtocolType: "WEBSOCKET",
    },
  },
  HelloWebsocketsIntegration: {
    Type: "AWS::ApiGatewayV2::Integration",
    Properties: {
      ApiId: ref("WebsocketsApi"),
      IntegrationType: "AWS_PROXY",
      IntegrationUri: invocations("HelloLambdaFunction"),
    },
  },
  SconnectWebsocketsRoute: {
    Type: "AWS::ApiGatewayV2::Route",
    Properties: {
      ApiId: ref("WebsocketsApi"),
      RouteKey: "$connect",
      AuthorizationType: "NONE",
      Target: { "Fn::Join": ["/", ["integrations", ref("HelloWebsocketsIntegration")]] },
    },
  },
  WebsocketsDeployment1764547200000: {
    Type: "AWS::ApiGatewayV2::Deployment",
    DependsOn: ["SconnectWebsocketsRoute"],
    Properties: { ApiId: ref("WebsocketsApi"), Description: "Serverless Websockets" },
  },
  WebsocketsDeploymentStage: {
    Type: "AWS::ApiGatewayV2::Stage",
    Properties: {
      ApiId: ref("WebsocketsApi"),
      StageName: "dev",
      Description: "Serverless Websockets",
      DeploymentId: ref("WebsocketsDeployment1764547200000"),
    },
  },
};

it.each([
  {
    events: "http",
    resources: rest,
    kinds: [
      "ApiKey",
      "Authorizer",
      "GatewayResponse",
      "Model",
      "RequestValidator",
      "Resource",
      "RestApi",
      "Stage",
      "UsagePlan",
    ],
    endpoint: "ApiGatewayRestApi",
  },
  { events: "httpApi", resources: http, kinds: ["Api", "ApiStage"], endpoint: "HttpApi" },
  { events: "websocket", resources: webSocket, kinds: ["Api", "ApiStage"], endpoint: "WebsocketsApi" },
])(
  "what the Serverless Framework writes for events of $events is taken",
  ({ resources, kinds, endpoint }) => {
    const template = JSON.stringify({
      AWSTemplateFormatVersion: "2010-09-09",
      Description: "The AWS CloudFormation template for this Serverless application",
      Resources: resources,
      Outputs: {
        ServerlessDeploymentBucketName: { Value: ref("ServerlessDeploymentBucket") },
        ServiceEndpoint: {
          Value: join(
            "https://",
            ref(endpoint),
            ".execute-api.",
            ref("AWS::Region"),
            ".",
            ref("AWS::URLSuffix"),
          ),
          Export: { Name: "sls-shop-dev-ServiceEndpoint" },
        },
      },
    });
    const { entities, findings } = planStack(template, {
      name: "shop-dev",
      accountId: "123456789012",
      region: "eu-west-1",
      parameters: {},
    });
    expect(findings.filter(({ level }) => level !== "info")).toEqual([]);
    expect([...new Set(entities.map(({ manifest }) => manifest.kind))].sort()).toEqual(kinds);
  },
);
