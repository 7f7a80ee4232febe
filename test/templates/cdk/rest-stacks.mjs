// Constructs of the CDK add themselves to the stack that they are given.
/* oxlint-disable no-new */
import { cdk, certificate, expressMachine, forAll, gatewayRole, handler, mock, onlyFrom } from "./parts.mjs";

const {
  aws_apigateway: rest,
  aws_cognito: cognito,
  aws_dynamodb: dynamodb,
  aws_ec2: ec2,
  aws_elasticloadbalancingv2: elb,
  aws_lambda: lambda,
  aws_logs: logs,
  aws_route53: route53,
  aws_route53_targets: targets,
  aws_s3: s3,
  aws_wafv2: waf,
} = cdk;

/** Stacks with REST APIs, by their names: what people write with the CDK. */
export const REST_STACKS = {
  "rest-api"(stack) {
    const { root } = new rest.RestApi(stack, "Api");
    root.addMethod("GET", mock(), { methodResponses: [{ statusCode: "200" }] });
    const books = root.addResource("books", {
      defaultCorsPreflightOptions: { allowOrigins: rest.Cors.ALL_ORIGINS },
    });
    books.addMethod("GET", new rest.LambdaIntegration(handler(stack)));
    books.addResource("{id}").addMethod("DELETE", new rest.HttpIntegration("http://example.com"));
  },
  "rest-settings"(stack) {
    const { root } = new rest.RestApi(stack, "Api", {
      description: "settings",
      failOnWarnings: true,
      disableExecuteApiEndpoint: true,
      cloudWatchRole: true,
      policy: onlyFrom(["10.0.0.0/8"]),
      defaultMethodOptions: { authorizationType: rest.AuthorizationType.IAM },
      defaultCorsPreflightOptions: {
        allowOrigins: ["https://a.example", "https://b.example"],
        allowCredentials: true,
        statusCode: 204,
        maxAge: cdk.Duration.hours(1),
      },
    });
    root.resourceForPath("/a/b/{c}").addMethod("PUT", new rest.LambdaIntegration(handler(stack)));
  },
  "rest-lambda"(stack) {
    new rest.LambdaRestApi(stack, "Api", {
      handler: handler(stack),
      deployOptions: {
        stageName: "v1",
        loggingLevel: rest.MethodLoggingLevel.INFO,
        dataTraceEnabled: true,
        tracingEnabled: true,
        metricsEnabled: true,
        throttlingBurstLimit: 5,
        throttlingRateLimit: 2,
        variables: { a: "b" },
        accessLogDestination: new rest.LogGroupLogDestination(new logs.LogGroup(stack, "Logs")),
        accessLogFormat: rest.AccessLogFormat.jsonWithStandardFields(),
      },
    });
  },
  "rest-lambda-paths"(stack) {
    const { root } = new rest.LambdaRestApi(stack, "Api", {
      handler: handler(stack),
      proxy: false,
      endpointTypes: [rest.EndpointType.REGIONAL],
      minCompressionSize: cdk.Size.bytes(100),
      binaryMediaTypes: ["*/*"],
    });
    const items = root.addResource("items");
    items.addMethod("GET");
    items.addMethod("POST");
    items.addProxy({ anyMethod: true });
  },
  "rest-authorizers"(stack) {
    const { root } = new rest.RestApi(stack, "Api");
    const integration = new rest.LambdaIntegration(handler(stack));
    const users = new rest.CognitoUserPoolsAuthorizer(stack, "Users", {
      cognitoUserPools: [new cognito.UserPool(stack, "Pool")],
    });
    const token = new rest.TokenAuthorizer(stack, "Token", { handler: handler(stack, "TokenHandler") });
    const request = new rest.RequestAuthorizer(stack, "Request", {
      handler: handler(stack, "RequestHandler"),
      identitySources: [rest.IdentitySource.header("X"), rest.IdentitySource.queryString("q")],
      resultsCacheTtl: cdk.Duration.minutes(5),
    });
    root.addResource("users").addMethod("GET", integration, {
      authorizer: users,
      authorizationType: rest.AuthorizationType.COGNITO,
      authorizationScopes: ["a/b"],
    });
    root.addResource("token").addMethod("GET", integration, { authorizer: token });
    root.addResource("request").addMethod("GET", integration, { authorizer: request });
    root.addResource("iam").addMethod("GET", integration, { authorizationType: rest.AuthorizationType.IAM });
  },
  "rest-usage-plans"(stack) {
    const api = new rest.RestApi(stack, "Api", { apiKeySourceType: rest.ApiKeySourceType.HEADER });
    const method = api.root.addMethod("GET", new rest.LambdaIntegration(handler(stack)), {
      apiKeyRequired: true,
    });
    const throttle = { rateLimit: 10, burstLimit: 2 };
    const plan = api.addUsagePlan("Plan", {
      name: "easy",
      throttle,
      quota: { limit: 100, period: rest.Period.MONTH },
    });
    plan.addApiKey(api.addApiKey("Key"));
    plan.addApiStage({ stage: api.deploymentStage, throttle: [{ method, throttle }] });
    new rest.RateLimitedApiKey(stack, "LimitedKey", {
      customerId: "c",
      stages: [api.deploymentStage],
      quota: { limit: 10, period: rest.Period.DAY },
    });
  },
  "rest-models"(stack) {
    const api = new rest.RestApi(stack, "Api");
    const model = api.addModel("Model", {
      modelName: "Order",
      schema: {
        schema: rest.JsonSchemaVersion.DRAFT4,
        type: rest.JsonSchemaType.OBJECT,
        required: ["a"],
        properties: { a: { type: rest.JsonSchemaType.STRING } },
      },
    });
    const queue = new rest.AwsIntegration({
      service: "sqs",
      path: "123456789012/orders",
      integrationHttpMethod: "POST",
      options: {
        credentialsRole: gatewayRole(stack),
        requestParameters: {
          "integration.request.header.Content-Type": "'application/x-www-form-urlencoded'",
        },
        requestTemplates: {
          "application/json": "Action=SendMessage&MessageBody=$util.urlEncode($input.body)",
        },
        integrationResponses: [{ statusCode: "200" }, { statusCode: "400", selectionPattern: "4.." }],
      },
    });
    api.root.addMethod("POST", queue, {
      requestModels: { "application/json": model },
      requestValidator: api.addRequestValidator("Validator", { validateRequestBody: true }),
      requestParameters: { "method.request.querystring.q": true },
      methodResponses: [
        { statusCode: "200", responseModels: { "application/json": rest.Model.EMPTY_MODEL } },
        { statusCode: "400" },
      ],
    });
    api.addGatewayResponse("Denied", {
      type: rest.ResponseType.ACCESS_DENIED,
      statusCode: "500",
      responseHeaders: { "Access-Control-Allow-Origin": "'example.com'" },
      templates: { "application/json": '{"message": $context.error.messageString}' },
    });
  },
  "rest-domain"(stack) {
    const api = new rest.LambdaRestApi(stack, "Api", {
      handler: handler(stack),
      domainName: {
        domainName: "api.example.com",
        certificate: certificate(stack),
        securityPolicy: rest.SecurityPolicy.TLS_1_2,
        basePath: "v1",
      },
    });
    const attributes = { hostedZoneId: "Z1", zoneName: "example.com" };
    new route53.ARecord(stack, "Record", {
      zone: route53.HostedZone.fromHostedZoneAttributes(stack, "Zone", attributes),
      target: route53.RecordTarget.fromAlias(new targets.ApiGateway(api)),
    });
  },
  "rest-domain-mutual-tls"(stack) {
    const domain = new rest.DomainName(stack, "Domain", {
      domainName: "tls.example.com",
      certificate: certificate(stack),
      endpointType: rest.EndpointType.REGIONAL,
      mtls: { bucket: s3.Bucket.fromBucketName(stack, "Bucket", "trust"), key: "ca.pem" },
    });
    const api = new rest.LambdaRestApi(stack, "Api", { handler: handler(stack) });
    domain.addBasePathMapping(api, { basePath: "x" });
  },
  "rest-definition"(stack) {
    const integration = {
      type: "mock",
      requestTemplates: { "application/json": '{"statusCode": 200}' },
      responses: { default: { statusCode: "200" } },
    };
    new rest.SpecRestApi(stack, "Api", {
      apiDefinition: rest.ApiDefinition.fromInline({
        openapi: "3.0.2",
        info: { title: "pets", version: "1" },
        paths: {
          "/pets": {
            get: {
              responses: { 200: { description: "ok" } },
              "x-amazon-apigateway-integration": integration,
            },
          },
        },
      }),
    });
  },
  "rest-private"(stack) {
    const vpc = new ec2.Vpc(stack, "Vpc", { natGateways: 0 });
    const endpoint = vpc.addInterfaceEndpoint("Endpoint", {
      service: ec2.InterfaceVpcEndpointAwsService.APIGATEWAY,
    });
    new rest.LambdaRestApi(stack, "Api", {
      handler: handler(stack),
      endpointConfiguration: { types: [rest.EndpointType.PRIVATE], vpcEndpoints: [endpoint] },
      policy: forAll(),
    });
  },
  "rest-vpc-link"(stack) {
    const vpc = new ec2.Vpc(stack, "Vpc", { natGateways: 0 });
    const vpcLink = new rest.VpcLink(stack, "Link", {
      targets: [new elb.NetworkLoadBalancer(stack, "Balancer", { vpc })],
    });
    new rest.RestApi(stack, "Api").root.addMethod(
      "ANY",
      new rest.Integration({
        type: rest.IntegrationType.HTTP_PROXY,
        integrationHttpMethod: "ANY",
        options: { connectionType: rest.ConnectionType.VPC_LINK, vpcLink },
      }),
    );
  },
  "rest-step-functions"(stack) {
    new rest.StepFunctionsRestApi(stack, "Api", {
      stateMachine: expressMachine(stack),
      headers: true,
      path: true,
      querystring: true,
    });
  },
  "rest-dynamodb"(stack) {
    const table = new dynamodb.Table(stack, "Table", {
      partitionKey: { name: "id", type: dynamodb.AttributeType.STRING },
    });
    const query = JSON.stringify({ TableName: table.tableName, Key: { id: { S: "$input.params('id')" } } });
    const integration = new rest.AwsIntegration({
      service: "dynamodb",
      action: "GetItem",
      options: {
        credentialsRole: gatewayRole(stack),
        requestTemplates: { "application/json": query },
        integrationResponses: [
          { statusCode: "200", responseTemplates: { "application/json": "$input.json('$.Item')" } },
        ],
      },
    });
    new rest.RestApi(stack, "Api").root
      .addResource("{id}")
      .addMethod("GET", integration, { methodResponses: [{ statusCode: "200" }] });
  },
  "rest-s3"(stack) {
    const bucket = new s3.Bucket(stack, "Bucket");
    const type = "method.response.header.Content-Type";
    const integration = new rest.AwsIntegration({
      service: "s3",
      integrationHttpMethod: "GET",
      path: `${bucket.bucketName}/{key}`,
      options: {
        credentialsRole: gatewayRole(stack),
        requestParameters: { "integration.request.path.key": "method.request.path.key" },
        integrationResponses: [
          {
            statusCode: "200",
            responseParameters: { [type]: "integration.response.header.Content-Type" },
          },
        ],
      },
    });
    new rest.RestApi(stack, "Api").root.addResource("{key}").addMethod("GET", integration, {
      requestParameters: { "method.request.path.key": true },
      methodResponses: [{ statusCode: "200", responseParameters: { [type]: true } }],
    });
  },
  "rest-stage"(stack) {
    const api = new rest.RestApi(stack, "Api", { deploy: false });
    api.root.addMethod(
      "GET",
      new rest.LambdaIntegration(handler(stack), {
        proxy: false,
        allowTestInvoke: false,
        integrationResponses: [{ statusCode: "200" }],
      }),
      { methodResponses: [{ statusCode: "200" }] },
    );
    new rest.Stage(stack, "Stage", {
      deployment: new rest.Deployment(stack, "Deployment", { api }),
      stageName: "beta",
      cacheClusterEnabled: true,
      cacheClusterSize: "0.5",
      methodOptions: {
        "/*/*": { cachingEnabled: true, cacheTtl: cdk.Duration.minutes(1) },
        "/books/GET": { throttlingRateLimit: 5 },
      },
    });
  },
  "rest-alias"(stack) {
    const { currentVersion: version } = handler(stack);
    const alias = new lambda.Alias(stack, "Alias", { aliasName: "live", version });
    const api = new rest.RestApi(stack, "Api");
    api.root.addMethod("GET", new rest.LambdaIntegration(alias));
    new cdk.CfnOutput(stack, "Url", { value: api.urlForPath("/") });
  },
  "rest-web-acl"(stack) {
    const api = new rest.LambdaRestApi(stack, "Api", { handler: handler(stack) });
    const visible = (metricName) => ({
      cloudWatchMetricsEnabled: true,
      metricName,
      sampledRequestsEnabled: true,
    });
    const acl = new waf.CfnWebACL(stack, "Acl", {
      scope: "REGIONAL",
      defaultAction: { allow: {} },
      visibilityConfig: visible("acl"),
      rules: [
        {
          name: "common",
          priority: 1,
          overrideAction: { none: {} },
          visibilityConfig: visible("common"),
          statement: {
            managedRuleGroupStatement: { vendorName: "AWS", name: "AWSManagedRulesCommonRuleSet" },
          },
        },
      ],
    });
    const { stageArn: resourceArn } = api.deploymentStage;
    new waf.CfnWebACLAssociation(stack, "Association", { resourceArn, webAclArn: acl.attrArn });
  },
};
