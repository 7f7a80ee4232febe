// Constructs of the CDK add themselves to the stack that they are given.
/* oxlint-disable no-new */
import { cdk, certificate, expressMachine, gatewayRole, handler } from "./parts.mjs";

const {
  aws_apigatewayv2: v2,
  aws_apigatewayv2_authorizers: authorizers,
  aws_apigatewayv2_integrations: integrations,
  aws_cognito: cognito,
  aws_ec2: ec2,
  aws_elasticloadbalancingv2: elb,
  aws_sqs: sqs,
} = cdk;

/** Stacks with HTTP and WebSocket APIs, by their names: what people write with the CDK. */
export const HTTP_STACKS = {
  "http-api"(stack) {
    const api = new v2.HttpApi(stack, "Api", {
      corsPreflight: {
        allowHeaders: ["Authorization"],
        allowMethods: [v2.CorsHttpMethod.ANY],
        allowOrigins: ["*"],
        maxAge: cdk.Duration.days(1),
      },
    });
    api.addRoutes({
      path: "/books",
      methods: [v2.HttpMethod.GET, v2.HttpMethod.POST],
      integration: new integrations.HttpLambdaIntegration("Books", handler(stack)),
    });
    const parameterMapping = new v2.ParameterMapping()
      .appendHeader("h", v2.MappingValue.requestHeader("x"))
      .overwritePath(v2.MappingValue.custom("/a"));
    api.addRoutes({
      path: "/up/{proxy+}",
      methods: [v2.HttpMethod.ANY],
      integration: new integrations.HttpUrlIntegration("Up", "https://example.com/{proxy}", {
        parameterMapping,
      }),
    });
    new cdk.CfnOutput(stack, "Endpoint", { value: api.apiEndpoint });
  },
  "http-default"(stack) {
    const defaultIntegration = new integrations.HttpLambdaIntegration("All", handler(stack));
    new v2.HttpApi(stack, "Api", { defaultIntegration });
  },
  "http-authorizers"(stack) {
    const pool = new cognito.UserPool(stack, "Pool");
    const issuer = "https://issuer.example.com";
    const api = new v2.HttpApi(stack, "Api");
    const integration = new integrations.HttpLambdaIntegration("All", handler(stack));
    const by = (path, authorizer, authorizationScopes) =>
      api.addRoutes({ path, integration, authorizer, ...(authorizationScopes ? { authorizationScopes } : {}) });
    by("/jwt", new authorizers.HttpJwtAuthorizer("Jwt", issuer, { jwtAudience: ["x"] }), ["read"]);
    by(
      "/users",
      new authorizers.HttpUserPoolAuthorizer("Users", pool, { userPoolClients: [pool.addClient("Client")] }),
    );
    by(
      "/lambda",
      new authorizers.HttpLambdaAuthorizer("Lambda", handler(stack, "Authorizer"), {
        responseTypes: [authorizers.HttpLambdaResponseType.SIMPLE],
      }),
    );
    by("/iam", new authorizers.HttpIamAuthorizer());
  },
  "http-domain"(stack) {
    const domainName = new v2.DomainName(stack, "Domain", {
      domainName: "api.example.com",
      certificate: certificate(stack),
    });
    const api = new v2.HttpApi(stack, "Api", {
      defaultIntegration: new integrations.HttpLambdaIntegration("All", handler(stack)),
      defaultDomainMapping: { domainName, mappingKey: "shop" },
    });
    api.addStage("Beta", {
      stageName: "beta",
      autoDeploy: true,
      throttle: { rateLimit: 1, burstLimit: 2 },
      domainMapping: { domainName, mappingKey: "beta" },
    });
  },
  "http-load-balancer"(stack) {
    const vpc = new ec2.Vpc(stack, "Vpc", { natGateways: 1 });
    const listener = new elb.ApplicationLoadBalancer(stack, "Balancer", { vpc }).addListener("Listener", {
      port: 80,
    });
    listener.addTargets("Targets", { port: 80 });
    const defaultIntegration = new integrations.HttpAlbIntegration("All", listener);
    new v2.HttpApi(stack, "Api", { defaultIntegration });
  },
  "http-services"(stack) {
    const api = new v2.HttpApi(stack, "Api");
    const methods = [v2.HttpMethod.POST];
    const queue = new sqs.Queue(stack, "Queue");
    api.addRoutes({
      path: "/queue",
      methods,
      integration: new integrations.HttpSqsIntegration("Send", { queue }),
    });
    const stateMachine = expressMachine(stack);
    api.addRoutes({
      path: "/machine",
      methods,
      integration: new integrations.HttpStepFunctionsIntegration("Start", { stateMachine }),
    });
  },
  websocket(stack) {
    const answering = handler(stack);
    const to = (id) => ({ integration: new integrations.WebSocketLambdaIntegration(id, answering) });
    const authorizer = new authorizers.WebSocketLambdaAuthorizer("Authorizer", handler(stack, "Auth"));
    const webSocketApi = new v2.WebSocketApi(stack, "Api", {
      connectRouteOptions: { ...to("Connect"), authorizer },
      disconnectRouteOptions: to("Disconnect"),
      defaultRouteOptions: to("Fallback"),
    });
    webSocketApi.addRoute("send", { ...to("Send"), returnResponse: true });
    webSocketApi.addRoute("mock", {
      integration: new integrations.WebSocketMockIntegration("Mock", {
        requestTemplates: { 200: '{"statusCode": 200}' },
        templateSelectionExpression: "\\$default",
      }),
    });
    const stage = new v2.WebSocketStage(stack, "Stage", { webSocketApi, stageName: "dev", autoDeploy: true });
    stage.grantManagementApiAccess(answering);
    new cdk.CfnOutput(stack, "Callback", { value: stage.callbackUrl });
  },
  "websocket-queue"(stack) {
    const webSocketApi = new v2.WebSocketApi(stack, "Api", {
      apiKeySelectionExpression: v2.WebSocketApiKeySelectionExpression.HEADER_X_API_KEY,
    });
    webSocketApi.addRoute("queue", {
      apiKeyRequired: true,
      integration: new integrations.WebSocketAwsIntegration("Send", {
        integrationUri: "arn:aws:apigateway:us-east-1:sqs:path/123456789012/orders",
        integrationMethod: "POST",
        credentialsRole: gatewayRole(stack),
        requestParameters: {
          "integration.request.header.Content-Type": "'application/x-www-form-urlencoded'",
        },
        requestTemplates: { $default: "Action=SendMessage&MessageBody=x" },
        templateSelectionExpression: "\\$default",
      }),
    });
    new v2.WebSocketStage(stack, "Stage", { webSocketApi, stageName: "dev", autoDeploy: true });
  },
};
