// What the stacks have in common. The first argument of the process is the folder in which the CDK is installed.
import { createRequire } from "node:module";
import { join } from "node:path";

export const cdk = createRequire(join(process.argv[2], "stacks.js"))("aws-cdk-lib");
const {
  aws_apigateway: rest,
  aws_certificatemanager: acm,
  aws_iam: iam,
  aws_lambda: lambda,
  aws_stepfunctions: sfn,
} = cdk;

export const handler = (stack, id = "Handler") =>
  new lambda.Function(stack, id, {
    runtime: lambda.Runtime.NODEJS_22_X,
    handler: "index.handler",
    code: lambda.Code.fromInline("exports.handler = async () => ({ statusCode: 200 })"),
  });
export const gatewayRole = (stack) =>
  new iam.Role(stack, "Role", { assumedBy: new iam.ServicePrincipal("apigateway.amazonaws.com") });
export const certificate = (stack) =>
  acm.Certificate.fromCertificateArn(stack, "Certificate", "arn:aws:acm:us-east-1:123456789012:certificate/abc");
export const expressMachine = (stack) =>
  new sfn.StateMachine(stack, "Machine", {
    stateMachineType: sfn.StateMachineType.EXPRESS,
    definitionBody: sfn.DefinitionBody.fromChainable(new sfn.Pass(stack, "Pass")),
  });
export const onlyFrom = (networks) =>
  new iam.PolicyDocument({
    statements: [
      new iam.PolicyStatement({
        effect: iam.Effect.DENY,
        principals: [new iam.AnyPrincipal()],
        actions: ["execute-api:Invoke"],
        resources: ["execute-api:/*"],
        conditions: { NotIpAddress: { "aws:SourceIp": networks } },
      }),
    ],
  });
export const forAll = () =>
  new iam.PolicyDocument({
    statements: [
      new iam.PolicyStatement({
        principals: [new iam.AnyPrincipal()],
        actions: ["execute-api:Invoke"],
        resources: ["execute-api:/*"],
      }),
    ],
  });
export const mock = () =>
  new rest.MockIntegration({
    requestTemplates: { "application/json": '{"statusCode": 200}' },
    integrationResponses: [{ statusCode: "200" }],
  });
