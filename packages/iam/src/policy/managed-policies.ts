/** ManagedPolicy is a policy that exists in every account. */
export interface ManagedPolicy {
  readonly name: string;
  /** Absent: /. */
  readonly path?: string;
  readonly description: string;
  readonly document: object;
}

const allow = (actions: readonly string[], resource = "*") => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: actions, Resource: resource }],
});

const ROWS: readonly ManagedPolicy[] = [
  { name: "AdministratorAccess", description: "Everything.", document: allow(["*"]) },
  {
    name: "AmazonAPIGatewayAdministrator",
    description: "Create, change and delete APIs.",
    document: allow(["apigateway:*"], "arn:aws:apigateway:*::/*"),
  },
  {
    name: "AmazonAPIGatewayInvokeFullAccess",
    description: "Call APIs, and their WebSocket connections.",
    document: allow(["execute-api:Invoke", "execute-api:ManageConnections"], "arn:aws:execute-api:*:*:*"),
  },
  {
    name: "IAMFullAccess",
    description: "Create, change and delete identities.",
    document: allow(["iam:*"]),
  },
  {
    name: "IAMReadOnlyAccess",
    description: "See identities.",
    document: allow(["iam:Get*", "iam:List*"]),
  },
  {
    name: "ReadOnlyAccess",
    description: "See everything and change nothing.",
    document: allow(["apigateway:GET", "iam:Get*", "iam:List*", "sts:Get*"]),
  },
];

const LOGS = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"];
const XRAY = ["xray:GetSampling*", "xray:PutTelemetryRecords", "xray:PutTraceSegments"];
const NETWORK = ["ec2:*NetworkInterface*", "ec2:*PrivateIpAddresses", "ec2:DescribeSubnets"];
const READ_QUEUE = ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"];

/** Policies of the roles of services, which templates and Terraform attach to them; what they allow is not the gateway's. */
const OF_SERVICES: readonly [name: string, actions: readonly string[]][] = [
  ["AWSLambdaBasicExecutionRole", LOGS],
  [
    "AWSLambdaDynamoDBExecutionRole",
    ["dynamodb:DescribeStream", "dynamodb:Get*", "dynamodb:ListStreams", ...LOGS],
  ],
  ["AWSLambdaKinesisExecutionRole", ["kinesis:Describe*", "kinesis:Get*", "kinesis:List*", ...LOGS]],
  ["AWSLambdaMSKExecutionRole", ["kafka:DescribeCluster*", "kafka:GetBootstrapBrokers", ...NETWORK, ...LOGS]],
  ["AWSLambdaRole", ["lambda:InvokeFunction"]],
  ["AWSLambdaSQSQueueExecutionRole", [...READ_QUEUE, ...LOGS]],
  ["AWSLambdaVPCAccessExecutionRole", [...NETWORK, ...LOGS]],
  [
    "AmazonAPIGatewayPushToCloudWatchLogs",
    [...LOGS, "logs:Describe*", "logs:FilterLogEvents", "logs:GetLogEvents"],
  ],
];

/** Policies for all of one service, and for reading it. */
const OF_ONE_SERVICE: readonly [name: string, actions: readonly string[]][] = [
  ["AWSLambda_FullAccess", ["lambda:*"]],
  ["AWSLambda_ReadOnlyAccess", ["lambda:Get*", "lambda:List*"]],
  ["AWSStepFunctionsFullAccess", ["states:*"]],
  ["AWSXRayDaemonWriteAccess", XRAY],
  ["AWSXrayWriteOnlyAccess", XRAY],
  ["AmazonCognitoPowerUser", ["cognito-identity:*", "cognito-idp:*", "cognito-sync:*"]],
  ["AmazonDynamoDBFullAccess", ["dynamodb:*"]],
  [
    "AmazonDynamoDBReadOnlyAccess",
    [
      "dynamodb:BatchGet*",
      "dynamodb:Describe*",
      "dynamodb:Get*",
      "dynamodb:List*",
      "dynamodb:Query",
      "dynamodb:Scan",
    ],
  ],
  ["AmazonEventBridgeFullAccess", ["events:*"]],
  ["AmazonKinesisFullAccess", ["kinesis:*"]],
  ["AmazonS3FullAccess", ["s3:*"]],
  ["AmazonS3ReadOnlyAccess", ["s3:Get*", "s3:List*"]],
  ["AmazonSNSFullAccess", ["sns:*"]],
  ["AmazonSQSFullAccess", ["sqs:*"]],
  ["AmazonSSMReadOnlyAccess", ["ssm:Describe*", "ssm:Get*", "ssm:List*"]],
  ["CloudWatchFullAccess", ["cloudwatch:*", "logs:*"]],
  ["CloudWatchLogsFullAccess", ["logs:*"]],
  [
    "CloudWatchReadOnlyAccess",
    ["cloudwatch:Describe*", "cloudwatch:Get*", "cloudwatch:List*", "logs:Describe*", "logs:Get*"],
  ],
  ["SecretsManagerReadWrite", ["secretsmanager:*"]],
];

const ofService =
  (path: string) =>
  (row: readonly [name: string, actions: readonly string[]]): ManagedPolicy => {
    const [name, actions] = row;
    return { name, path, description: "For services that the gateway calls.", document: allow(actions) };
  };

/** MANAGED_POLICIES are the policies that exist in every account, with AWS's names, by their ARNs. */
export const MANAGED_POLICIES: ReadonlyMap<string, ManagedPolicy> = new Map(
  [...ROWS, ...OF_SERVICES.map(ofService("/service-role/")), ...OF_ONE_SERVICE.map(ofService("/"))].map(
    (row) => [`arn:aws:iam::aws:policy${row.path ?? "/"}${row.name}`, row],
  ),
);
