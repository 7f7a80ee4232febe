import type { Json } from "@tollgate/openapi";
import { member } from "./member.ts";
import { shown } from "./shown.ts";
import type { StackIdentity } from "./stack-draft.ts";
import type { TemplateResource } from "./template-resource.ts";

/** ForeignType is a type of resources that run elsewhere: their names are known, but no entities are created for them. */
interface ForeignType {
  /** The property with its name, or a function of its properties; absent: its name consists of its stack and logical id. */
  readonly name?: string | ((resource: TemplateResource) => string | undefined);
  /** Its ARN, after the partition. */
  readonly arn: (name: string, stack: StackIdentity) => string;
  /** The value of Ref, if it is not the name. */
  readonly ref?: (name: string, stack: StackIdentity) => string;
  /** Attributes besides Arn. */
  readonly attributes?: Readonly<Record<string, (name: string, stack: StackIdentity) => string>>;
}

const at = (service: string, { region, accountId }: StackIdentity) => `${service}:${region}:${accountId}`;

const queueUrl = (name: string, { region, accountId }: StackIdentity) =>
  `https://sqs.${region}.amazonaws.com/${accountId}/${name}`;
const topicArn = (name: string, stack: StackIdentity) => `arn:aws:${at("sns", stack)}:${name}`;
const poolId = (name: string, { region }: StackIdentity) =>
  `${region}_${name.replaceAll(/[^A-Za-z0-9]/g, "").slice(-40)}`;
const machineArn = (name: string, stack: StackIdentity) =>
  `arn:aws:${at("states", stack)}:stateMachine:${name}`;

/** A function by its alias or version. */
const qualified = (property: string) => (resource: TemplateResource) => {
  const { FunctionName: name, [property]: qualifier = "1" } = {
    FunctionName: resource.property("FunctionName"),
    [property]: resource.property(property) ?? "1",
  };
  return typeof name === "string" ? `${name}:${shown(qualifier)}` : undefined;
};

/** Types of resources that APIs use, or that use APIs. */
const TYPES: ReadonlyMap<string, ForeignType> = new Map(
  Object.entries<ForeignType>({
    "AWS::Lambda::Function": {
      name: "FunctionName",
      arn: (name, stack) => `${at("lambda", stack)}:function:${name}`,
    },
    "AWS::Lambda::Alias": {
      name: qualified("Name"),
      arn: (name, stack) => `${at("lambda", stack)}:function:${name}`,
      ref: (name, stack) => `arn:aws:${at("lambda", stack)}:function:${name}`,
    },
    "AWS::Lambda::Version": {
      name: qualified("Version"),
      arn: (name, stack) => `${at("lambda", stack)}:function:${name}`,
      ref: (name, stack) => `arn:aws:${at("lambda", stack)}:function:${name}`,
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
      ref: topicArn,
      attributes: { TopicArn: topicArn, TopicName: (name) => name },
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
      ref: machineArn,
      attributes: { Name: (name) => name },
    },
    "AWS::S3::Bucket": {
      name: "BucketName",
      arn: (name) => `s3:::${name.toLowerCase()}`,
      ref: (name) => name.toLowerCase(),
      attributes: { DomainName: (name) => `${name.toLowerCase()}.s3.amazonaws.com` },
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
    "AWS::CertificateManager::Certificate": {
      arn: (name, stack) => `${at("acm", stack)}:certificate/${name}`,
      ref: (name, stack) => `arn:aws:${at("acm", stack)}:certificate/${name}`,
    },
  }),
);

function nameOf(resource: TemplateResource, { name }: ForeignType, stack: StackIdentity): string {
  const given = typeof name === "function" ? name(resource) : name && resource.property(name);
  return typeof given === "string" && given !== "" ? given : `${stack.name}-${resource.logicalId}`;
}

/** foreignRef is the value of Ref for a resource that is not the gateway's: its name, or another value of its type. */
export function foreignRef(resource: TemplateResource, stack: StackIdentity): Json {
  const type = TYPES.get(resource.type);
  if (!type) return `${stack.name}-${resource.logicalId}`;
  const name = nameOf(resource, type, stack);
  return type.ref?.(name, stack) ?? name;
}

/** foreignAttribute is an attribute of a resource that is not the gateway's; undefined: it is unknown. */
export function foreignAttribute(
  resource: TemplateResource,
  attribute: string,
  stack: StackIdentity,
): Json | undefined {
  const type = TYPES.get(resource.type);
  if (!type) return undefined;
  const name = nameOf(resource, type, stack);
  return attribute === "Arn"
    ? `arn:aws:${type.arn(name, stack)}`
    : member(type.attributes, attribute)?.(name, stack);
}
