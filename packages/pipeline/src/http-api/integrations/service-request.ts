import type { ServiceSubtype } from "@tollgate/config";
import { isObject } from "../../values/json.ts";

/** Parameters of an action by their names; undefined: the call has no value for it. */
export type Parameters = Readonly<Record<string, string | undefined>>;

/** ServiceRequest is the request of an action, before it is addressed and signed. */
export interface ServiceRequest {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly query: string;
  readonly contentType: string | undefined;
  /** X-Amz-Target of services of the JSON protocols. */
  readonly target: string | undefined;
  readonly body: string;
}

/** WrongParameter means that a parameter's value cannot be what its action requires. */
export class WrongParameter extends Error {}

/** ServiceEncoder writes the request of an action in the protocol of its service. */
export interface ServiceEncoder {
  /** The name that addresses the service. */
  readonly service: string;
  /** What is put before the name of the service in its host. */
  readonly hostPrefix?: string;
  readonly encode: (parameters: Parameters) => ServiceRequest;
}

/** Members without a value are left out. */
const given = (members: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined && value !== ""));

const posted = (contentType: string, body: string, target?: string): ServiceRequest => ({
  method: "POST",
  path: "/",
  query: "",
  contentType,
  target,
  body,
});

/** A request of a JSON protocol (AWS: Smithy, awsJson1_0 and awsJson1_1). */
const json = (version: "1.0" | "1.1", target: string, members: object): ServiceRequest =>
  posted(`application/x-amz-json-${version}`, JSON.stringify(members), target);

/** A list is written as JSON, or with commas. */
function listOf(text: string | undefined): readonly string[] | undefined {
  if (text === undefined || text === "") return undefined;
  if (!text.trimStart().startsWith("[")) return text.split(",").map((item) => item.trim());
  const list = parsed(text, "list");
  if (!Array.isArray(list)) throw new WrongParameter(`'${text}' is not a list`);
  return list.map(String);
}

function parsed(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new WrongParameter(`'${text}' is not a JSON ${what}`);
  }
}

/** A time in seconds since 1970, of a number or of a date. */
function timeOf(text: string | undefined): number | undefined {
  if (text === undefined || text === "") return undefined;
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Date.parse(text) / 1000;
  if (Number.isNaN(seconds)) throw new WrongParameter(`'${text}' is not a time`);
  return seconds;
}

const putEvents = ({ Time, Resources, ...entry }: Parameters): ServiceRequest =>
  json("1.1", "AWSEvents.PutEvents", {
    Entries: [given({ ...entry, Time: timeOf(Time), Resources: listOf(Resources) })],
  });

/** Attributes of a message: {name: {DataType, StringValue | BinaryValue}} as JSON. */
function attributesOf(prefix: string, text: string | undefined): Record<string, string> {
  if (text === undefined || text === "") return {};
  const attributes = parsed(text, "object");
  if (!isObject(attributes)) throw new WrongParameter(`'${text}' is not a JSON object`);
  const members: Record<string, string> = {};
  for (const [i, [name, value]] of Object.entries(attributes).entries()) {
    members[`${prefix}.${i + 1}.Name`] = name;
    for (const [member, one] of Object.entries(isObject(value) ? value : {}))
      members[`${prefix}.${i + 1}.Value.${member}`] = String(one);
  }
  return members;
}

const numbered = (prefix: string, text: string | undefined) =>
  Object.fromEntries((listOf(text) ?? []).map((item, i) => [`${prefix}.${i + 1}`, item]));

/** A request of the query protocol, in which the queue is a parameter (AWS: SQS API reference, query protocol). */
const sqs =
  (action: string): ServiceEncoder["encode"] =>
  ({ AttributeNames, MessageAttributeNames, MessageAttributes, MessageSystemAttributes, ...parameters }) =>
    posted(
      "application/x-www-form-urlencoded",
      new URLSearchParams(
        given({
          Action: action,
          Version: "2012-11-05",
          ...parameters,
          ...numbered("AttributeName", AttributeNames),
          ...numbered("MessageAttributeName", MessageAttributeNames),
          ...attributesOf("MessageAttribute", MessageAttributes),
          ...attributesOf("MessageSystemAttribute", MessageSystemAttributes),
        }) as Record<string, string>,
      ).toString(),
    );

const states = (action: string): ServiceEncoder["encode"] => {
  const camel = (name: string) => `${name.charAt(0).toLowerCase()}${name.slice(1)}`;
  return (parameters) => {
    const members = Object.entries(parameters).map(([name, value]) => [camel(name), value] as const);
    return json("1.0", `AWSStepFunctions.${action}`, given(Object.fromEntries(members)));
  };
};

function getConfiguration(parameters: Parameters): ServiceRequest {
  const segment = (name: string) => encodeURIComponent(parameters[name] ?? "");
  const query = new URLSearchParams(
    given({
      client_id: parameters.ClientId,
      client_configuration_version: parameters.ClientConfigurationVersion,
    }) as Record<string, string>,
  );
  return {
    method: "GET",
    path: `/applications/${segment("Application")}/environments/${segment("Environment")}/configurations/${segment("Configuration")}`,
    query: query.toString(),
    contentType: undefined,
    target: undefined,
    body: "",
  };
}

/** The encoder of every action, or this does not compile. */
export const encoders: Readonly<Record<ServiceSubtype, ServiceEncoder>> = {
  "EventBridge-PutEvents": { service: "events", encode: putEvents },
  "SQS-SendMessage": { service: "sqs", encode: sqs("SendMessage") },
  "SQS-ReceiveMessage": { service: "sqs", encode: sqs("ReceiveMessage") },
  "SQS-DeleteMessage": { service: "sqs", encode: sqs("DeleteMessage") },
  "SQS-PurgeQueue": { service: "sqs", encode: sqs("PurgeQueue") },
  "AppConfig-GetConfiguration": { service: "appconfig", encode: getConfiguration },
  // Data is base64 already, as the API of the service defines it.
  "Kinesis-PutRecord": {
    service: "kinesis",
    encode: (parameters) => json("1.1", "Kinesis_20131202.PutRecord", given(parameters)),
  },
  "StepFunctions-StartExecution": { service: "states", encode: states("StartExecution") },
  "StepFunctions-StartSyncExecution": {
    service: "states",
    hostPrefix: "sync-",
    encode: states("StartSyncExecution"),
  },
  "StepFunctions-StopExecution": { service: "states", encode: states("StopExecution") },
};
