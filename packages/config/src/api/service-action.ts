/** ServiceAction is an action of an AWS service that an HTTP API can call itself: the parameters that its mapping must and may set. */
interface ServiceAction {
  readonly required: readonly string[];
  /** Each action can also have Region. */
  readonly optional: readonly string[];
}

/** The actions by the integrationSubtype that names them (AWS: integration subtype reference). */
const SERVICE_ACTIONS = {
  "EventBridge-PutEvents": {
    required: ["Detail", "DetailType", "Source"],
    optional: ["Time", "EventBusName", "Resources", "TraceHeader"],
  },
  "SQS-SendMessage": {
    required: ["QueueUrl", "MessageBody"],
    optional: [
      "DelaySeconds",
      "MessageAttributes",
      "MessageDeduplicationId",
      "MessageGroupId",
      "MessageSystemAttributes",
    ],
  },
  "SQS-ReceiveMessage": {
    required: ["QueueUrl"],
    optional: [
      "AttributeNames",
      "MaxNumberOfMessages",
      "MessageAttributeNames",
      "ReceiveRequestAttemptId",
      "VisibilityTimeout",
      "WaitTimeSeconds",
    ],
  },
  "SQS-DeleteMessage": { required: ["QueueUrl", "ReceiptHandle"], optional: [] },
  "SQS-PurgeQueue": { required: ["QueueUrl"], optional: [] },
  "AppConfig-GetConfiguration": {
    required: ["Application", "Environment", "Configuration", "ClientId"],
    optional: ["ClientConfigurationVersion"],
  },
  "Kinesis-PutRecord": {
    required: ["StreamName", "Data", "PartitionKey"],
    optional: ["SequenceNumberForOrdering", "ExplicitHashKey"],
  },
  "StepFunctions-StartExecution": { required: ["StateMachineArn"], optional: ["Name", "Input"] },
  "StepFunctions-StartSyncExecution": {
    required: ["StateMachineArn"],
    optional: ["Name", "Input", "TraceHeader"],
  },
  "StepFunctions-StopExecution": { required: ["ExecutionArn"], optional: ["Cause", "Error"] },
} as const satisfies Readonly<Record<string, ServiceAction>>;

export type ServiceSubtype = keyof typeof SERVICE_ACTIONS;

/** SERVICE_SUBTYPES are the known values of integrationSubtype. */
export const SERVICE_SUBTYPES = Object.keys(SERVICE_ACTIONS) as readonly ServiceSubtype[];

/** isServiceSubtype reports whether an integrationSubtype is one of the known actions. */
export const isServiceSubtype = (subtype: string): subtype is ServiceSubtype =>
  Object.hasOwn(SERVICE_ACTIONS, subtype);

/** serviceActionOf is the action of an integrationSubtype. */
export const serviceActionOf = (subtype: ServiceSubtype): ServiceAction => SERVICE_ACTIONS[subtype];

/** lacksParameters reports whether a mapping lacks a parameter that its action requires. */
export const lacksParameters = (subtype: ServiceSubtype, given: Readonly<Record<string, unknown>>): boolean =>
  serviceActionOf(subtype).required.some((name) => !given[name]);

/** unknownParameter is the first parameter of a mapping that its action does not have. */
export function unknownParameter(
  subtype: ServiceSubtype,
  given: Readonly<Record<string, unknown>>,
): string | undefined {
  const { required, optional } = serviceActionOf(subtype);
  const known = new Set([...required, ...optional, "Region"]);
  return Object.keys(given).find((name) => !known.has(name));
}
