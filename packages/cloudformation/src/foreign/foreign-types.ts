import { shown } from "../shown.ts";
import type { StackIdentity } from "../stack-draft.ts";
import type { TemplateResource } from "../template-resource.ts";
import { stableHex } from "./placeholder.ts";

/** ForeignValue is a value of a resource: its ARN, or what follows from its name. */
export type ForeignValue = "arn" | ((name: string, stack: StackIdentity) => string);

/** ForeignType is a type of resources that run elsewhere: their names are known, but no entities are created for them. */
export interface ForeignType {
  /** The property with its name, or a function of its properties; absent: its name consists of its stack and logical id. */
  readonly name?: string | ((resource: TemplateResource) => string | undefined);
  /** Its ARN, after the partition. */
  readonly arn: (name: string, stack: StackIdentity, resource: TemplateResource) => string;
  /** The value of Ref, if it is not the name. */
  readonly ref?: ForeignValue;
  /** Attributes besides Arn. */
  readonly attributes?: Readonly<Record<string, ForeignValue>>;
}

const at = (service: string, { region, accountId }: StackIdentity) => `${service}:${region}:${accountId}`;

const queueUrl = (name: string, { region, accountId }: StackIdentity) =>
  `https://sqs.${region}.amazonaws.com/${accountId}/${name}`;
const poolId = (name: string, { region }: StackIdentity) =>
  `${region}_${name.replaceAll(/[^A-Za-z0-9]/g, "").slice(-40)}`;

/** A function by its alias or version. */
const qualified = (property: string) => (resource: TemplateResource) => {
  const { FunctionName: name, [property]: qualifier = "1" } = {
    FunctionName: resource.property("FunctionName"),
    [property]: resource.property(property) ?? "1",
  };
  return typeof name === "string" ? `${name}:${shown(qualifier)}` : undefined;
};

/** A type whose Ref is its ARN. */
const byArn = (service: string, path: (name: string) => string, name?: string): ForeignType => ({
  ...(name === undefined ? {} : { name }),
  arn: (own, stack) => `${at(service, stack)}:${path(own)}`,
  ref: "arn",
});

/** A load balancer's name with its id, as in the ARNs of its listeners. */
function loadBalancer(name: string, { accountId }: StackIdentity, resource: TemplateResource): string {
  const isNetwork = resource.property("Type") === "network";
  return `${isNetwork ? "net" : "app"}/${name}/${stableHex(`${accountId}/${name}`, 16)}`;
}

/** A listener is named after its load balancer. */
function listener(name: string, stack: StackIdentity, resource: TemplateResource): string {
  const [, owner = `app/${name}/${stableHex(name, 16)}`] =
    /:loadbalancer\/(.+)$/.exec(shown(resource.property("LoadBalancerArn"))) ?? [];
  return `${at("elasticloadbalancing", stack)}:listener/${owner}/${stableHex(`${owner}/${name}`, 16)}`;
}

/** FOREIGN_TYPES are types of resources that APIs use, or that use APIs, with values that do not depend on where they run. */
export const FOREIGN_TYPES: ReadonlyMap<string, ForeignType> = new Map(
  Object.entries<ForeignType>({
    "AWS::Lambda::Function": {
      name: "FunctionName",
      arn: (name, stack) => `${at("lambda", stack)}:function:${name}`,
    },
    "AWS::Lambda::Alias": {
      name: qualified("Name"),
      arn: (name, stack) => `${at("lambda", stack)}:function:${name}`,
      ref: "arn",
    },
    "AWS::Lambda::Version": {
      name: qualified("Version"),
      arn: (name, stack) => `${at("lambda", stack)}:function:${name}`,
      ref: "arn",
      attributes: { Version: () => "1" },
    },
    "AWS::IAM::Role": { name: "RoleName", arn: (name, { accountId }) => `iam::${accountId}:role/${name}` },
    "AWS::IAM::User": { name: "UserName", arn: (name, { accountId }) => `iam::${accountId}:user/${name}` },
    "AWS::SQS::Queue": {
      name: "QueueName",
      arn: (name, stack) => `${at("sqs", stack)}:${name}`,
      ref: queueUrl,
      attributes: { QueueName: (name) => name, QueueUrl: queueUrl },
    },
    "AWS::SNS::Topic": {
      name: "TopicName",
      arn: (name, stack) => `${at("sns", stack)}:${name}`,
      ref: "arn",
      attributes: { TopicArn: "arn", TopicName: (name) => name },
    },
    "AWS::DynamoDB::Table": {
      name: "TableName",
      arn: (name, stack) => `${at("dynamodb", stack)}:table/${name}`,
      attributes: { StreamArn: (name, stack) => `arn:aws:${at("dynamodb", stack)}:table/${name}/stream/1` },
    },
    "AWS::Kinesis::Stream": { name: "Name", arn: (name, stack) => `${at("kinesis", stack)}:stream/${name}` },
    "AWS::Events::EventBus": {
      name: "Name",
      arn: (name, stack) => `${at("events", stack)}:event-bus/${name}`,
      attributes: { Name: (name) => name },
    },
    "AWS::StepFunctions::StateMachine": {
      name: "StateMachineName",
      arn: (name, stack) => `${at("states", stack)}:stateMachine:${name}`,
      ref: "arn",
      attributes: { Name: (name) => name },
    },
    "AWS::S3::Bucket": {
      name: "BucketName",
      arn: (name) => `s3:::${name.toLowerCase()}`,
      ref: (name) => name.toLowerCase(),
      attributes: {
        DomainName: (name) => `${name.toLowerCase()}.s3.amazonaws.com`,
        RegionalDomainName: (name, { region }) => `${name.toLowerCase()}.s3.${region}.amazonaws.com`,
        WebsiteURL: (name, { region }) => `http://${name.toLowerCase()}.s3-website-${region}.amazonaws.com`,
      },
    },
    "AWS::Cognito::UserPool": {
      arn: (name, stack) => `${at("cognito-idp", stack)}:userpool/${poolId(name, stack)}`,
      ref: poolId,
      attributes: {
        UserPoolId: poolId,
        ProviderName: (name, stack) => `cognito-idp.${stack.region}.amazonaws.com/${poolId(name, stack)}`,
        ProviderURL: (name, stack) =>
          `https://cognito-idp.${stack.region}.amazonaws.com/${poolId(name, stack)}`,
      },
    },
    "AWS::Logs::LogGroup": {
      name: "LogGroupName",
      arn: (name, stack) => `${at("logs", stack)}:log-group:${name}:*`,
    },
    "AWS::KinesisFirehose::DeliveryStream": {
      name: "DeliveryStreamName",
      arn: (name, stack) => `${at("firehose", stack)}:deliverystream/${name}`,
    },
    "AWS::ElasticLoadBalancingV2::LoadBalancer": {
      name: "Name",
      arn: (name, stack, resource) =>
        `${at("elasticloadbalancing", stack)}:loadbalancer/${loadBalancer(name, stack, resource)}`,
      ref: "arn",
      attributes: { LoadBalancerArn: "arn", LoadBalancerName: (name) => name },
    },
    "AWS::ElasticLoadBalancingV2::Listener": {
      arn: listener,
      ref: "arn",
      attributes: { ListenerArn: "arn" },
    },
    "AWS::ElasticLoadBalancingV2::TargetGroup": {
      ...byArn("elasticloadbalancing", (name) => `targetgroup/${name}/${stableHex(name, 16)}`, "Name"),
      attributes: { TargetGroupArn: "arn", TargetGroupName: (name) => name },
    },
    "AWS::Batch::JobQueue": byArn("batch", (name) => `job-queue/${name}`, "JobQueueName"),
    "AWS::Batch::JobDefinition": byArn("batch", (name) => `job-definition/${name}:1`, "JobDefinitionName"),
    "AWS::Batch::ComputeEnvironment": byArn(
      "batch",
      (name) => `compute-environment/${name}`,
      "ComputeEnvironmentName",
    ),
    "AWS::SecretsManager::Secret": byArn("secretsmanager", (name) => `secret:${name}-000000`, "Name"),
    "AWS::IAM::ManagedPolicy": {
      name: "ManagedPolicyName",
      arn: (name, { accountId }) => `iam::${accountId}:policy/${name}`,
      ref: "arn",
    },
    "AWS::Lambda::LayerVersion": byArn("lambda", (name) => `layer:${name}:1`, "LayerName"),
    "AWS::ECS::Service": byArn("ecs", (name) => `service/${name}`, "ServiceName"),
    "AWS::ECS::TaskDefinition": byArn("ecs", (name) => `task-definition/${name}:1`, "Family"),
    "AWS::SageMaker::Endpoint": {
      ...byArn("sagemaker", (name) => `endpoint/${name.toLowerCase()}`, "EndpointName"),
      attributes: { EndpointName: (name) => name },
    },
    "AWS::CloudFormation::Stack": byArn("cloudformation", (name) => `stack/${name}/${stableHex(name, 12)}`),
  }),
);
