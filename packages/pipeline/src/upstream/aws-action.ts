import type { AwsUri } from "./aws-uri.ts";

/** X-Amz-Target of services that find their action there: prefix and version of the JSON protocol. */
const JSON_TARGETS: Readonly<Record<string, readonly [prefix: string, contentType: string]>> = {
  dynamodb: ["DynamoDB_20120810", "application/x-amz-json-1.0"],
  kinesis: ["Kinesis_20131202", "application/x-amz-json-1.1"],
  ssm: ["AmazonSSM", "application/x-amz-json-1.1"],
  states: ["AWSStepFunctions", "application/x-amz-json-1.0"],
};

/** Actions of all other services are of the query protocol. */
const FORM = "application/x-www-form-urlencoded";

/** DescribedAction is how a request says what it wants of a service. */
export interface DescribedAction {
  /** X-Amz-Target; undefined: the service has none. */
  readonly target: string | undefined;
  readonly contentType: string;
}

/** describeAction says what headers an action needs; `bodyType` is the type of the body of a request that is none. */
export function describeAction({ service, action }: AwsUri, bodyType: string): DescribedAction {
  if (action === undefined) return { target: undefined, contentType: bodyType };
  const json = JSON_TARGETS[service];
  return json
    ? { target: `${json[0]}.${action}`, contentType: json[1] }
    : { target: undefined, contentType: FORM };
}
