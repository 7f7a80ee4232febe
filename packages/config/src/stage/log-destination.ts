/** A group of CloudWatch Logs; DescribeLogGroups shows its ARN with ":*", which is not part of the name. */
const LOG_GROUP = /^arn:aws[a-z-]*:logs:[a-z0-9-]*:\d+:log-group:([^:*]+)(?::\*)?$/;
/** AWS takes only delivery streams with names that begin so. */
const DELIVERY_STREAM = /^arn:aws[a-z-]*:firehose:[a-z0-9-]*:\d+:deliverystream\/(amazon-apigateway-.+)$/;

/** logGroupOfDestination is the name of the group that an access log's destination leads to: a delivery stream's has its name. undefined: it is of another kind. */
export const logGroupOfDestination = (arn: string): string | undefined =>
  (LOG_GROUP.exec(arn) ?? DELIVERY_STREAM.exec(arn))?.[1];
